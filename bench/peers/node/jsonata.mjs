// jsonata: the expression of a workflow's only state, from the text of the event
// to the text of the output.
import jsonata from "jsonata";
import { repeat, serve, version } from "./serve.mjs";

serve(({ event, definitions }) => {
  const expressions = {};
  for (const [name, { StartAt, States }] of Object.entries(definitions)) {
    const compiled = jsonata(States[StartAt].Output.slice("{%".length, -"%}".length));
    expressions[name] = async () => JSON.stringify(await compiled.evaluate(null, { states: { input: JSON.parse(event) } }));
  }
  return {
    versions: { jsonata: version("jsonata") },
    measure: (load) => repeat(load, expressions[load.workload]),
  };
});
