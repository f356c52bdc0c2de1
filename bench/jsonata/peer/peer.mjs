// Evaluates one case of ../cases.json with the reference implementation: a line
// with a number in is so many evaluations, a line with what they took is out.
import { deepStrictEqual } from "node:assert";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import jsonata from "jsonata";

const read = (file) => JSON.parse(readFileSync(new URL(file, import.meta.url)));
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const { generate, inputs, cases } = read("../cases.json");
const { expression, input, text, result } = cases.find(({ id }) => id === process.argv[2]);
const { value, count } = inputs[input];
const json = JSON.stringify(value ?? (await jsonata(generate).evaluate({ count })));
const parsed = JSON.parse(json);
const compiled = jsonata(expression);

// by way of JSON, as it marks the arrays that are sequences with properties
deepStrictEqual(JSON.parse(JSON.stringify(await compiled.evaluate(parsed))), result);

async function evaluate(n) {
  for (let i = 0; i < n; i++) await compiled.evaluate(parsed);
}

async function evaluateText(n) {
  for (let i = 0; i < n; i++) JSON.stringify(await compiled.evaluate(JSON.parse(json)));
}

const run = text ? evaluateText : evaluate;
say({ node: process.version, jsonata: read("node_modules/jsonata/package.json").version });
for await (const line of createInterface({ input: process.stdin })) {
  const began = process.hrtime.bigint();
  const before = process.cpuUsage();
  await run(Number(line));
  const { user, system } = process.cpuUsage(before);
  say({ cpu: (user + system) * 1000, wall: Number(process.hrtime.bigint() - began) });
}
