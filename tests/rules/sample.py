# SPDX-License-Identifier: GPL-2.0-or-later
"""A rule file for the tests of the loader."""

RULE = """\
+++
# SPDX-License-Identifier: GPL-2.0-or-later
id = "sleep-under-fire"
title = "something sleeps under fire"
class = "sleep-in-atomic"
check = "flag-in-context"
severity = "error"
confidence = "high"

[params]
context = "stop-machine"

[[evidence]]
path = "kernel/stop_machine.c"
symbol = "multi_cpu_stop"
contains = "local_irq_disable();"
+++

## What it reports
A sleep.

## Why
It burns.

## What it misses
Pointers.

## Examples
### Two calls down
Text between heading and code.
```c
static void low(void) { msleep(1); } // expect: sleep-under-fire via top > low
void top(void) { low(); }
```
### Two files, and the second is patched
`mm/a.c`:
```c
int a(void);
```
`mm/b.c`:
```c
int b(void)
{
	return 0;
}
```
```diff
--- a/mm/b.c
+++ b/mm/b.c
@@ -1,4 +1,4 @@
 int b(void)
 {
-	return 0;
+	return msleep(1); // expect: sleep-under-fire
 }
```
### Nothing at all
```c
// ## no heading
### nor this
void f(void) {}
```
"""

PATH = "context/sleep-under-fire.md"
