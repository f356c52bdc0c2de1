// What an application does with the API, by the SDK for JavaScript:
// node scenario.mjs PORT KEY SECRET switch|name
//
// The prefix sync- of the host is switched off (switch), or the name with it leads
// to this machine, as it does with a line in a hosts file (name).
import assert from "node:assert/strict";
import http from "node:http";
import * as sfn from "@aws-sdk/client-sfn";

const [port, accessKeyId, secretAccessKey, prefix] = process.argv.slice(2);
const agent = new http.Agent({
  lookup: (_, options, done) =>
    options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4),
});
const client = (secret) =>
  new sfn.SFNClient({
    region: "us-east-1",
    endpoint: `http://localhost:${port}`,
    credentials: { accessKeyId, secretAccessKey: secret },
    disableHostPrefix: prefix === "switch",
    requestHandler: { httpAgent: agent },
  });
const c = client(secretAccessKey);
const call = (name, input = {}) => c.send(new sfn[name + "Command"](input));
const refused = (name, input, code) =>
  assert.rejects(call(name, input), (e) => {
    assert.equal(e.name, code);
    assert.ok(e.message);
    return true;
  });

const roleArn = "arn:aws:iam::111111111111:role/any";
const pass = (says) =>
  JSON.stringify({ StartAt: "A", States: { A: { Type: "Pass", Result: { says }, End: true } } });
const definitions = {
  says: pass("one"),
  fails: JSON.stringify({ StartAt: "A", States: { A: { Type: "Fail", Error: "Refused", Cause: "no" } } }),
  slow: JSON.stringify({ StartAt: "A", TimeoutSeconds: 1, States: { A: { Type: "Wait", Seconds: 60, End: true } } }),
};

const arns = {};
for (const [name, definition] of Object.entries(definitions)) {
  const valid = await call("ValidateStateMachineDefinition", { definition, type: "EXPRESS" });
  assert.equal(valid.result, "OK");
  const made = await call("CreateStateMachine", { name, definition, roleArn, type: "EXPRESS", tags: [{ key: "team", value: "a" }] });
  assert.ok(made.creationDate instanceof Date);
  arns[name] = made.stateMachineArn;
}

const started = await call("StartExecution", { stateMachineArn: arns.says, name: "n", input: "{}" });
assert.match(started.executionArn, /:express:says:n:/);
for (const [name, want] of Object.entries({
  says: ["SUCCEEDED", '{"says":"one"}', undefined, undefined],
  fails: ["FAILED", undefined, "Refused", "no"],
  slow: ["TIMED_OUT", undefined, "States.Timeout", undefined],
})) {
  const out = await call("StartSyncExecution", { stateMachineArn: arns[name], input: "[1]" });
  assert.deepEqual([out.status, out.output, out.error, out.cause], want);
  assert.equal(out.input, "[1]");
  assert.ok(out.stopDate >= out.startDate);
}

const first = (await call("UpdateStateMachine", { stateMachineArn: arns.says, definition: pass("two"), publish: true })).stateMachineVersionArn;
await call("UpdateStateMachine", { stateMachineArn: arns.says, definition: pass("three") });
const second = (await call("PublishStateMachineVersion", { stateMachineArn: arns.says })).stateMachineVersionArn;
const alias = (await call("CreateStateMachineAlias", {
  name: "live",
  routingConfiguration: [{ stateMachineVersionArn: first, weight: 100 }],
})).stateMachineAliasArn;
assert.equal((await call("StartSyncExecution", { stateMachineArn: alias })).output, '{"says":"two"}');
await call("UpdateStateMachineAlias", {
  stateMachineAliasArn: alias,
  routingConfiguration: [{ stateMachineVersionArn: second, weight: 100 }, { stateMachineVersionArn: first, weight: 0 }],
});
assert.equal((await call("StartSyncExecution", { stateMachineArn: alias })).output, '{"says":"three"}');
assert.equal((await call("DescribeStateMachineAlias", { stateMachineAliasArn: alias })).routingConfiguration.length, 2);

const described = await call("DescribeStateMachine", { stateMachineArn: arns.says });
assert.equal(described.definition, pass("three"));
assert.equal(described.type, "EXPRESS");
const names = [];
for await (const page of sfn.paginateListStateMachines({ client: c, pageSize: 2 }, {})) {
  names.push(page.stateMachines.length, ...page.stateMachines.map((m) => m.name));
}
assert.deepEqual(names, [2, "fails", "says", 1, "slow"]);
await call("TagResource", { resourceArn: arns.says, tags: [{ key: "stage", value: "test" }] });
await call("UntagResource", { resourceArn: arns.says, tagKeys: ["team"] });
assert.deepEqual((await call("ListTagsForResource", { resourceArn: arns.says })).tags, [{ key: "stage", value: "test" }]);

const tested = await call("TestState", {
  definition: JSON.stringify({ Type: "Pass", Result: 1, End: true }),
  roleArn,
  inspectionLevel: "DEBUG",
});
assert.deepEqual([tested.status, tested.output], ["SUCCEEDED", "1"]);

await refused("DescribeStateMachine", { stateMachineArn: arns.says + "x" }, "StateMachineDoesNotExist");
await refused("CreateStateMachine", { name: "says", definition: pass("other"), roleArn }, "StateMachineAlreadyExists");
await refused("CreateStateMachine", { name: "x", definition: "{}", roleArn }, "InvalidDefinition");
await refused("StartExecution", { stateMachineArn: arns.says, input: "no" }, "InvalidExecutionInput");
await refused("ListExecutions", { stateMachineArn: arns.says }, "StateMachineTypeNotSupported");
await refused("DeleteStateMachineVersion", { stateMachineVersionArn: first }, "ConflictException");
await refused("SendTaskSuccess", { taskToken: "x", output: "{}" }, "InvalidToken");
await refused("ListStateMachines", { maxResults: 1001 }, "ValidationException");

if (secretAccessKey !== "none") {
  await assert.rejects(client("not the secret of this key").send(new sfn.ListStateMachinesCommand({})), {
    name: "InvalidSignatureException",
  });
}

await call("DeleteStateMachineAlias", { stateMachineAliasArn: alias });
await call("DeleteStateMachineVersion", { stateMachineVersionArn: first });
for (const stateMachineArn of Object.values(arns)) {
  await call("DeleteStateMachine", { stateMachineArn });
}
assert.deepEqual((await call("ListStateMachines")).stateMachines, []);
agent.destroy();
console.log("done");
