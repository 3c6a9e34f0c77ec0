// SPDX-License-Identifier: GPL-2.0-or-later
"use strict";
// Shows and hides findings; without this script the page shows all of them.
(() => {
	const findings = [...document.querySelectorAll(".finding")];
	const groups = [...document.querySelectorAll(".group")];
	const severities = [...document.querySelectorAll("input[name=severity]")];
	const rule = document.getElementById("rule");
	const words = document.getElementById("words");
	const count = document.getElementById("count");
	if (!words || !count) {
		return;
	}

	const apply = () => {
		const wanted = new Set(severities.filter((box) => box.checked).map((box) => box.value));
		const needle = words.value.trim().toLowerCase();
		let shown = 0;
		for (const finding of findings) {
			const fits = wanted.has(finding.dataset.severity) &&
				(!rule || rule.value === "" || finding.dataset.rule === rule.value) &&
				(needle === "" || finding.textContent.toLowerCase().includes(needle));
			finding.hidden = !fits;
			shown += fits ? 1 : 0;
		}
		for (const group of groups) {
			group.hidden = !group.querySelector(".finding:not([hidden])");
		}
		count.textContent = `${shown} of ${findings.length} shown`;
	};

	for (const control of [...severities, ...(rule ? [rule] : []), words]) {
		control.addEventListener("input", apply);
	}
	document.documentElement.classList.add("scripted");
	apply();
})();
