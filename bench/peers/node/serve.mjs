// What the peers on Node have in common: each is told what to do in lines of JSON,
// and answers in lines of JSON. ../peer.go has the other end.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

// serve opens a peer with the first line and answers each further one with what
// its measure says, until there are no more.
export async function serve(open) {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const { versions, measure, close } = await open(JSON.parse((await lines.next()).value));
  say({ versions: { Node: process.version.slice(1), ...versions } });
  for await (const line of lines) {
    say(await measure(JSON.parse(line)).catch((e) => ({ error: e.stack })));
  }
  await close?.();
}

// repeat lets so many callers call once, one call after the other, for so many
// nanoseconds.
export async function repeat({ callers, time }, once) {
  let output;
  const took = [];
  const cpu = process.cpuUsage();
  const began = performance.now();
  const end = began + time / 1e6;
  const caller = async () => {
    for (let at = began; at < end; ) {
      output = await once();
      const now = performance.now();
      took.push(now - at);
      at = now;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  took.sort((a, b) => a - b);
  const share = (p) => Math.round(took[Math.floor((took.length - 1) * p)] * 1e6);
  return {
    events: took.length,
    wall: Math.round(wall * 1e6),
    cpu: (user + system) * 1000,
    p50: share(0.5),
    p99: share(0.99),
    output: JSON.parse(output),
  };
}

// version is that of an installed package.
export const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;
