import { reportOf, testProjects } from "./checks.mjs";
import { line, readTotals, sum } from "./vitest-report.mjs";

// The totals of the last `npm test`, in the form that continuous integration reads.
console.log(line(sum(testProjects.map((project) => readTotals(reportOf(project))))));
