// aws-local-stepfunctions: the definitions as they are, tasks performed by
// functions, from the text of the event to the text of the output.
import { StateMachine } from "aws-local-stepfunctions";
import { repeat, serve, version } from "./serve.mjs";

const done = () => ({ ok: 1 });

serve(({ event, definitions }) => {
  const machines = {};
  for (const [name, definition] of Object.entries(definitions)) {
    const states = Object.keys(definition.States);
    const options = { overrides: { taskResourceLocalHandlers: Object.fromEntries(states.map((s) => [s, done])) } };
    const machine = new StateMachine(definition, { validationOptions: { checkArn: false } });
    machines[name] = async () => JSON.stringify(await machine.run(JSON.parse(event), options).result);
  }
  return {
    versions: { "aws-local-stepfunctions": version("aws-local-stepfunctions") },
    measure: (load) => repeat(load, machines[load.workload]),
  };
});
