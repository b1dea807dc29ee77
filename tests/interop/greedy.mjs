// Greedy text of GGUF files in llama.cpp: takes a JSON list of cases {model, lora?, prompt, count, text?, context?} as
// its argument and prints a JSON list of {ids, architecture, tokens?}. Prompts are ids; tokens are what the model makes of text.
import {getLlama, LlamaLogLevel} from "node-llama-cpp";

const llama = await getLlama({
    gpu: false, build: "never", skipDownload: true, maxThreads: 1, logLevel: LlamaLogLevel.warn
});
const results = [];
for (const {model: modelPath, lora, prompt, count, text, context: contextSize} of JSON.parse(process.argv[2])) {
    const model = await llama.loadModel({modelPath, gpuLayers: 0});
    const context = await model.createContext({
        // One thread: llama.cpp's workers wait by spinning, which a busy machine pays for dearly.
        contextSize: contextSize ?? 1024, threads: 1, flashAttention: false,
        // As wide as the file, so that tokens differ by what the file says alone.
        experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32",
        ...(lora == null ? {} : {lora: {adapters: [{filePath: lora}]}})
    });
    const ids = [];
    for await (const id of context.getSequence().evaluate(prompt, {temperature: 0, yieldEogToken: true})) {
        ids.push(id);
        if (ids.length >= count)
            break;
    }
    results.push({
        ids,
        architecture: model.fileInfo.metadata.general.architecture,
        ...(text == null ? {} : {tokens: model.tokenize(text)})
    });
    await context.dispose();
    await model.dispose();
}
await llama.dispose();
console.log(JSON.stringify(results));
