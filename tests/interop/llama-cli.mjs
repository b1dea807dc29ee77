// One answer of a GGUF file in llama.cpp, greedily, as llama-cli gives it with the flags that docs and README show:
// -m FILE -p TEXT [--jinja --chat-template-file FILE] [-n TOKENS]; --temp 0 is implied.
import {readFileSync} from "node:fs";
import {parseArgs} from "node:util";
import {Template} from "@huggingface/jinja";
import {getLlama, LlamaCompletion, LlamaLogLevel} from "node-llama-cpp";

const {values} = parseArgs({options: {
    model: {type: "string", short: "m"},
    prompt: {type: "string", short: "p"},
    predict: {type: "string", short: "n", default: "64"},
    jinja: {type: "boolean"},
    "chat-template-file": {type: "string"},
    temp: {type: "string"}
}});
const llama = await getLlama({
    gpu: false, build: "never", skipDownload: true, maxThreads: 1, logLevel: LlamaLogLevel.warn
});
const model = await llama.loadModel({modelPath: values.model, gpuLayers: 0});
const context = await model.createContext({contextSize: 512, threads: 1});
const file = values["chat-template-file"];
const text = file == null ? values.prompt : new Template(readFileSync(file, "utf8")).render({
    messages: [{role: "user", content: values.prompt}], add_generation_prompt: true
});
const completion = new LlamaCompletion({contextSequence: context.getSequence()});
console.log(await completion.generateCompletion(text, {temperature: 0, maxTokens: Number(values.predict)}));
await llama.dispose();
