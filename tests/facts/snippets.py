# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel-like C of our own, made at random from shapes that the scanner and the pre-pass have to live with."""

from hypothesis import strategies as st

NAMES = ("probe", "pte_clear_all", "read_once", "x", "__setup_pgd", "do_it2", "for_each_thing", "guard_word")

_WORDS = (
    "static",
    "inline",
    "int",
    "struct page *",
    "__init",
    "__free(kfree)",
    "__must_hold(&l)",
    "if (a)",
    "else",
    "for_each_page(p, head)",
    "scoped_guard(mutex, &l)",
    "container_of(p, struct foo, m)",
    "offsetof(struct foo, a.b[1])",
    "case 1 ... 3:",
    "while (1)",
    "switch (x)",
    "do",
    "{",
    "}",
    "(",
    ")",
    ";",
    "x = y;",
    "call(a, b);",
    "return 0;",
    "goto out;",
    "out:",
    '"a /* string"',
    '"quo\\"te"',
    "'\\''",
    "'\"'",
    "/* a comment; with { braces ( */",
    "// to the end of the line",
    "\\",
    "#ifdef CONFIG_X\n",
    "#if defined(A) && \\\n\tB\n",
    "#else\n",
    "#endif\n",
    "#define LOCAL(a) \\\n\tdo { call(a); } while (0)\n",
    "\n",
    "\n\t",
    "\n}",
)

noise = st.lists(st.sampled_from(_WORDS), max_size=30).map(" ".join)

comments = st.sampled_from(("", "/* why */", "// short\n", "/* two\n * lines */"))
specifiers = st.sampled_from(
    (
        "",
        "static ",
        "static inline ",
        "struct page *",
        "void\n",
        "static void __init\n",
        "__printf(1, 2) static void ",
        "static __always_inline __must_check struct page **",
        "__attribute__((__noreturn__)) void ",
    )
)
parameters = st.sampled_from(("void", "int a", "struct page *p,\n\tgfp_t gfp", "void (*fn)(int), int n", ""))
late = st.sampled_from(("", " __must_hold(&l)", "\n__acquires(&l)\n__releases(m)", " /* takes l */", " notrace"))
bodies = st.sampled_from(
    (
        "{ }",
        "{\n}",
        "{ return 1; }",
        "{\n\tif (a) {\n\t\tb();\n\t}\n}",
        "{\n\tprintk(\"} {\");\n\tc = '}';\n}",
        "{\n#ifdef CONFIG_X\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t\tc();\n\t}\n}",
    )
)


@st.composite
def functions(draw: st.DrawFn) -> str:
    """One definition as kernel style has it: its name's line begins in column 0, its closing brace too."""
    before, name, after = draw(specifiers), draw(st.sampled_from(NAMES)), draw(late)
    gap = draw(st.sampled_from((" ", "\n")))
    return f"{before}{name}({draw(parameters)}){after}{gap}{draw(bodies)}"


between = st.sampled_from(
    (
        "",
        "int counter;",
        "int prototype(int a, int b);",
        "EXPORT_SYMBOL(probe);",
        "#define TWICE(a) ((a) + (a))",
        "/* a comment\n * int not_one(void)\n {\n */",
        "static const struct ops ops = {\n\t.probe = probe,\n};",
        "DEFINE_MUTEX(l);",
        "#ifdef CONFIG_X",
        "#endif",
        "struct foo {\n\tint (*cb)(int);\n};",
    )
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A file of definitions with other top-level items between them."""
    parts = []
    for _ in range(draw(st.integers(0, 4))):
        parts += [draw(between), draw(comments), draw(functions())]
    parts.append(draw(between))
    return "\n\n".join(parts).encode() + b"\n"
