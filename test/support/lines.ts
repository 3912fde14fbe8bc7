// The output of a process, a line at a time: the bench reads its servers the same way.
export { linesOf } from "../../bench/lines.ts";
