// Restate: its server, a thread with the workflows as services of its SDK, and
// callers of those by HTTP, which get the output as the answer.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import * as restate from "@restatedev/restate-sdk";
import { repeat, serve, version } from "./serve.mjs";

// The workflows of ../../workloads, by hand.
const workflows = {
  async w1(_, { id, device, temp }) {
    const output = { id, site: device.site, temp };
    return output.temp > 20 ? { ...output, alarm: true } : output;
  },
  async w2(ctx, event) {
    if (!(event.temp > 20)) return event;
    const first = await ctx.run("first", () => ({ ok: 1 }));
    const second = await ctx.run("second", () => ({ ok: 1 }));
    return { ...event, first, second };
  },
};

// freePort is one that nobody listens on.
const freePort = () =>
  new Promise((resolve) => {
    const s = createServer().listen(0, "127.0.0.1", () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });

// ask is the text of the answer to a request.
async function ask(url, body) {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text}`);
  return text;
}

// startServer is the server when it is ready, in the folder where we are.
async function startServer(admin, ingress) {
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  const binary = fileURLToPath(new URL(`node_modules/${name}/bin/restate-server`, import.meta.url));
  const child = spawn(binary, ["--no-logo", "--base-dir", ".", "--listen-mode", "tcp", "--bind-ip", "127.0.0.1", "--log-filter", "error,octocrab=off"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      RESTATE_DISABLE_TELEMETRY: "true",
      RESTATE_BIND_PORT: await freePort(),
      RESTATE_ADMIN__BIND_PORT: admin,
      RESTATE_INGRESS__BIND_PORT: ingress,
      DO_NOT_TRACK: "1",
    },
  });
  for (;;) {
    const healthy = await Promise.all([fetch(`http://127.0.0.1:${admin}/health`), fetch(`http://127.0.0.1:${ingress}/restate/health`)]).catch(() => []);
    if (healthy.length && healthy.every((h) => h.ok)) return child;
    if (child.exitCode !== null) throw new Error(`restate-server ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

if (!isMainThread) {
  const port = await freePort();
  await restate.serve({ services: [restate.service({ name: "bench", handlers: workflows })], port });
  parentPort.postMessage(port);
} else {
  serve(async ({ event }) => {
    const [admin, ingress] = [await freePort(), await freePort()];
    const server = await startServer(admin, ingress);
    const services = new Worker(new URL(import.meta.url), { env: { ...process.env, RESTATE_LOGGING: "ERROR" } });
    const port = await new Promise((resolve) => services.once("message", resolve));
    await ask(`http://127.0.0.1:${admin}/deployments`, JSON.stringify({ uri: `http://127.0.0.1:${port}` }));
    return {
      versions: { Restate: version("@restatedev/restate-server"), "Restate SDK": version("@restatedev/restate-sdk") },
      measure: (load) => repeat(load, () => ask(`http://127.0.0.1:${ingress}/bench/${load.workload}`, event)),
      async close() {
        await services.terminate();
        server.kill("SIGKILL");
      },
    };
  });
}
