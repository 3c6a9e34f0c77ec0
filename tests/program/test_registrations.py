# SPDX-License-Identifier: GPL-2.0-or-later
"""Callbacks are found however they are handed to the kernel: by field, by object, by macro, by a chosen constant."""

import pytest

from kpatchlint.program.program import Program
from tests.program.sample import build, function

CPUHP = """
enum cpuhp_state {
	CPUHP_INVALID = -1,
	CPUHP_OFFLINE = 0,
	CPUHP_AP_IDLE_DEAD,
	CPUHP_AP_MY_STARTING,
	CPUHP_AP_ONLINE,
	CPUHP_AP_MY_ONLINE,
};
"""
STARTING = "static int up(unsigned int cpu)\n{\n\treturn 0;\n}\n"
TICK = "static enum hrtimer_restart tick(struct hrtimer *t)\n{\n\treturn 0;\n}\n"
EVENT = "static int event(struct notifier_block *nb, unsigned long e, void *d)\n{\n\treturn 0;\n}\n"


def contexts(program: Program, name: str) -> list[tuple[str, str]]:
    """(context, how) of each entry of a function."""
    return [(e.context.id, e.how) for e in program.callers.entries(function(program, name))]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        pytest.param("", "void f(void)\n{\n\tstruct hrtimer t;\n\tt.function = tick;\n}\n", id="a local"),
        pytest.param("", "void f(struct hrtimer *t)\n{\n\tt->function = &tick;\n}\n", id="a parameter"),
        pytest.param("", "static struct hrtimer t;\nvoid f(void)\n{\n\tt.function = tick;\n}\n", id="of the file"),
        pytest.param(
            "",
            "void f(struct dev *d)\n{\n\td->t = (struct hrtimer) {\n\t\t.function = tick,\n\t};\n}\n",
            id="a literal",
        ),
        pytest.param(
            "", "void f(void)\n{\n\tstruct hrtimer t = {\n\t\t.function = tick,\n\t};\n}\n", id="a local's value"
        ),
        pytest.param(
            "struct dev {\n\tint n;\n\tstruct hrtimer poll;\n};\n",
            "void f(struct dev *d)\n{\n\td->poll.function = tick;\n}\n",
            id="a member whose struct a header defines",
        ),
        pytest.param(
            "struct port {\n\tstruct hrtimer a, b;\n};\nstruct dev {\n\tstruct port *ports[4];\n};\n",
            "void f(struct dev *d)\n{\n\td->ports[1]->b.function = tick;\n}\n",
            id="a member of a member",
        ),
    ],
)
def test_a_field_that_is_assigned_counts_when_the_struct_is_the_one(header: str, code: str) -> None:
    program = build({"mm/a.c": '#include "dev.h"\n' + TICK + code, "mm/dev.h": header})
    assert contexts(program, "tick") == [("hrtimer", "stores it in struct hrtimer.function")]


def test_the_same_field_of_another_struct_does_not_count() -> None:
    code = "void f(struct button *t)\n{\n\tt->function = tick;\n}\n"
    assert contexts(build({"mm/a.c": TICK + code}), "tick") == []


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("CPUHP_OFFLINE", 0),
        ("CPUHP_AP_IDLE_DEAD", 1),
        ("CPUHP_AP_MY_STARTING", 1),
        ("CPUHP_AP_ONLINE", 0),
        ("CPUHP_AP_MY_ONLINE", 0),
        ("state", 0),
    ],
)
def test_a_hotplug_state_is_atomic_where_the_enum_says_so(state: str, found: int) -> None:
    code = f'void f(int state)\n{{\n\tcpuhp_setup_state({state}, "x", up, NULL);\n}}\n'
    program = build({"mm/a.c": STARTING + code, "include/linux/cpuhotplug.h": CPUHP})
    assert [c for c, _ in contexts(program, "up")] == ["cpuhp-starting"] * found


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            "static struct notifier_block nb = {\n\t.priority = 1,\n\t.notifier_call = event,\n};\n"
            "void f(void)\n{\n\tatomic_notifier_chain_register(&chain, &nb);\n}\n",
            id="a table of the file",
        ),
        pytest.param(
            "static struct notifier_block nb __read_mostly = {\n\t.notifier_call = event,\n};\n"
            "void f(void)\n{\n\tatomic_notifier_chain_register(&chain, &nb);\n}\n",
            id="a table with an attribute",
        ),
        pytest.param(
            "void f(struct dev *d)\n{\n\td->nb.notifier_call = event;\n"
            "\tatomic_notifier_chain_register(&chain, &d->nb);\n}\n",
            id="a member that is filled first",
        ),
        pytest.param(
            "void fill(struct dev *d)\n{\n\td->nb.notifier_call = event;\n}\n"
            "void f(struct dev *d)\n{\n\tatomic_notifier_chain_register(&chain, &d->nb);\n}\n",
            id="a member that another function fills",
        ),
    ],
)
def test_an_object_leads_to_what_is_stored_in_it(code: str) -> None:
    program = build({"mm/a.c": EVENT + code})
    assert set(contexts(program, "event")) == {("atomic-notifier", "hands it to atomic_notifier_chain_register()")}


def test_a_chain_that_may_sleep_is_no_atomic_context() -> None:
    code = "static struct notifier_block nb = {\n\t.notifier_call = event,\n};\n"
    code += "void f(void)\n{\n\tblocking_notifier_chain_register(&chain, &nb);\n}\n"
    assert contexts(build({"mm/a.c": EVENT + code}), "event") == []


TIMER = "static void poll(struct timer_list *t)\n{\n}\n"


@pytest.mark.parametrize(
    "code",
    [
        "static DEFINE_TIMER(poll_timer, poll);\n",
        "static void poll(struct timer_list *t);\nstatic DEFINE_TIMER(poll_timer,\n\t\tpoll);\n",
        "static struct dev dev = {\n\t.timer = __TIMER_INITIALIZER(poll, 0),\n};\n",
    ],
    ids=["alone", "over two lines", "in an initialiser"],
)
def test_a_macro_at_file_scope_registers(code: str) -> None:
    program = build({"mm/a.c": code + TIMER})
    ((context, how),) = contexts(program, "poll")
    assert context == "timer"
    assert how.startswith("is handed to ")


QUEUE = """
static blk_status_t queue(struct blk_mq_hw_ctx *h, const struct blk_mq_queue_data *d)
{
	return 0;
}
const struct blk_mq_ops my_disk_ops = {
	.queue_rq = queue,
};
"""
FLAG = "void f(struct blk_mq_tag_set *s)\n{\n\ts->flags = BLK_MQ_F_BLOCKING;\n%s}\n"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"mm/a.c": QUEUE}, ["block-queue"]),
        ({"mm/a.c": QUEUE + FLAG % ""}, []),
        ({"mm/a.c": QUEUE, "mm/b.c": FLAG % "\ts->ops = &my_disk_ops;\n"}, []),
        ({"mm/a.c": QUEUE, "mm/b.c": FLAG % ""}, ["block-queue"]),
        ({"mm/a.c": QUEUE, "fs/b.c": FLAG % "\ts->ops = &my_disk_ops;\n"}, ["block-queue"]),
    ],
    ids=["nothing is said", "in the file", "in a file that uses it", "in another driver of the folder", "elsewhere"],
)
def test_a_word_of_the_driver_says_that_an_operation_may_sleep(files: dict[str, str], found: list[str]) -> None:
    assert [c for c, _ in contexts(build(files), "queue")] == found


def test_every_entry_of_a_tree_is_found_by_context() -> None:
    code = TICK + "void f(struct hrtimer *t)\n{\n\tt->function = tick;\n}\n" + "static DEFINE_TIMER(x, poll);\n" + TIMER
    program = build({"mm/a.c": code})
    assert [e.function.name for e in program.callers.all_entries("hrtimer")] == ["tick"]
    assert [e.function.name for e in program.callers.all_entries("timer")] == ["poll"]


@pytest.mark.parametrize(("name", "found"), [("queue_lck", ["scsi-queue-locked"]), ("queue", []), ("drain_lck", [])])
def test_a_macro_may_paste_the_name_of_the_function(name: str, found: list[str]) -> None:
    queue = f"static int {name}(struct scsi_cmnd *cmd)\n{{\n\treturn 0;\n}}\n"
    program = build({"mm/a.c": queue + "static DEF_SCSI_QCMD(queue)\n"})
    assert [c for c, _ in contexts(program, name)] == found
    assert [e.function.name for e in program.callers.all_entries("scsi-queue-locked")] == [name] * len(found)


IRQ = "static irqreturn_t handle(int irq, void *d)\n{\n\treturn IRQ_HANDLED;\n}\n"
USER = "void f(struct dev *d)\n{\n\tstart(d, handle);\n}\n"


@pytest.mark.parametrize(
    ("wrapper", "found"),
    [
        ("{\n\trequest_irq(d->irq, fn, 0, d->name, d);\n}\n", ["irq-handler"]),
        ("{\n\tstruct urb *u = d->urb;\n\n\tu->complete = fn;\n}\n", ["urb-completion"]),
        ("{\n\tstart_at(d, d->irq, fn);\n}\n", ["irq-handler"]),
        ("{\n\trequest_threaded_irq(d->irq, NULL, fn, 0, d->name, d);\n}\n", []),
        ("{\n\tfn(d->irq, d);\n\trequest_irq(d->irq, other, 0, d->name, d);\n}\n", []),
    ],
    ids=["a call", "a field", "two functions", "another argument", "it is only called there"],
)
def test_a_function_that_hands_its_parameter_on_registers_for_its_callers(wrapper: str, found: list[str]) -> None:
    below = "void start_at(struct dev *d, int irq, irq_handler_t fn)\n{\n\trequest_irq(irq, fn, 0, d->name, d);\n}\n"
    program = build(
        {"mm/lib.c": below + "void start(struct dev *d, irq_handler_t fn)\n" + wrapper, "mm/a.c": IRQ + USER}
    )
    assert [c for c, _ in contexts(program, "handle")] == found
    assert [e.function.name for e in program.callers.registrations(function(program, "f"))] == ["handle"] * len(found)


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("static struct net_offload o = {\n\t.callbacks = {\n\t\t.gro_receive = gather,\n\t},\n};\n", 1),
        ("static struct net_offload o = { .callbacks = { .gro_receive = gather }, };\n", 1),
        ("static struct net_offload o = {\n\t.other = {\n\t\t.gro_receive = gather,\n\t},\n};\n", 0),
    ],
    ids=["a table in a table", "on one line", "another member"],
)
def test_a_field_of_a_table_within_a_table_is_that_of_the_inner_one(table: str, found: int) -> None:
    header = "struct net_offload {\n\tstruct offload_callbacks callbacks;\n\tstruct other_callbacks other;\n};\n"
    code = "static struct sk_buff *gather(struct list_head *head, struct sk_buff *skb)\n{\n\treturn skb;\n}\n"
    program = build({"mm/a.c": '#include "o.h"\n' + code + table, "mm/o.h": header})
    assert [c for c, _ in contexts(program, "gather")] == ["protocol-handler"] * found


@pytest.mark.parametrize(("kind", "found"), [("", ["vblank-operation"]), ("static ", [])], ids=["shared", "its own"])
def test_a_table_of_another_file_counts_for_a_function_that_is_shared(kind: str, found: list[str]) -> None:
    table = "static const struct drm_crtc_funcs funcs = {\n\t.enable_vblank = enable,\n};\n"
    other = (
        "static int enable(struct drm_crtc *c)\n{\n\treturn 1;\n}\n" if kind else "int enable(struct drm_crtc *c);\n"
    )
    program = build({"mm/a.c": f"{kind}int enable(struct drm_crtc *c)\n{{\n\treturn 0;\n}}\n", "mm/b.c": other + table})
    (enable,) = program.resolver.in_file("mm/a.c", "enable")
    assert [e.context.id for e in program.callers.entries(enable)] == found
