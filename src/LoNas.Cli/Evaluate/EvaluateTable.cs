using LoNas.Cli.Model;
using LoNas.Cli.Options;

namespace LoNas.Cli.Evaluate;

/// <summary>The flags of <c>evaluate</c>.</summary>
internal static class EvaluateTable
{
    public static OptionTable<EvaluateOptions> Table { get; } = Build();

    private static OptionTable<EvaluateOptions> Build()
    {
        var table = new OptionTable<EvaluateOptions>(new EvaluateOptions());
        AddModel(table);
        AddTesting(table);
        return table;
    }

    private static void AddModel(OptionTable<EvaluateOptions> table) => table
        .Group("Model")
        .Add("model_name_or_path", OptionValues.Text("DIR|NAME"), o => o.ModelNameOrPath,
            (o, v) => o with { ModelNameOrPath = v ?? "" },
            "Hugging Face folder of the base model, or its hub name such as yahma/llama-7b-hf", "none, required")
        .Add("model_revision", OptionValues.Text("NAME"), o => o.ModelRevision, (o, v) => o with { ModelRevision = v },
            "branch, tag or commit of a hub name", "main")
        .Add("bf16", OptionValues.Switch, o => o.Bf16, (o, v) => o with { Bf16 = v },
            "hold the base model as bfloat16; without --bf16 and --fp16 it keeps its own type")
        .Add("fp16", OptionValues.Switch, o => o.Fp16, (o, v) => o with { Fp16 = v },
            "hold the base model as float16; a CPU uses bfloat16 instead")
        .AddDevice(o => o.Device, (o, v) => o with { Device = v }, o => o.Tf32, (o, v) => o with { Tf32 = v })
        .Group("Adapter")
        .Add("lora_weights", OptionValues.Text("DIR|NAME"), o => o.LoraWeights, (o, v) => o with { LoraWeights = v },
            "PEFT folder of a trained adapter, or its hub name", "none, the base model")
        .Add("nncf_config", OptionValues.Text("FILE"), o => o.NncfConfig, (o, v) => o with { NncfConfig = v },
            "search space of the super-adapter", "the one that lonas.json beside the adapter names")
        .Add("sub_adapter", OptionValues.Text("NAME|FILE|FILE#N"), o => o.SubAdapter, (o, v) => o with { SubAdapter = v },
            "maximal, heuristic, minimal, a JSON file or entry N of a front; needs a configuration", "heuristic")
        .AddFrontLimits(
            o => o.MaxMacs, (o, v) => o with { MaxMacs = v }, o => o.MinAccuracy, (o, v) => o with { MinAccuracy = v });

    private static void AddTesting(OptionTable<EvaluateOptions> table) => table
        .Group("Tasks")
        .Add("tasks", OptionValues.List, o => o.Tasks, (o, v) => o with { Tasks = v },
            $"{TaskNames.Allowed}; docs/evaluation.md describes those", "none, required")
        .Add("datasets_dir", OptionValues.Text("DIR"), o => o.DatasetsDir, (o, v) => o with { DatasetsDir = v ?? "" },
            "folder of the named sets: SET/test.json")
        .Add("limit", OptionValues.OptionalInteger, o => o.Limit, (o, v) => o with { Limit = v },
            "ask the first N records of each task only", "all")
        .Add("num_beams", OptionValues.Integer, o => o.NumBeams, (o, v) => o with { NumBeams = v },
            "beams of the search; 1: greedy")
        .Add("max_new_tokens", OptionValues.OptionalInteger, o => o.MaxNewTokens,
            (o, v) => o with { MaxNewTokens = v }, "most tokens of an answer", "each task's own")
        .Add("per_device_eval_batch_size", OptionValues.OptionalInteger, o => o.PerDeviceEvalBatchSize,
            (o, v) => o with { PerDeviceEvalBatchSize = v },
            "problems answered at once; answers do not depend on it", "by the free memory")
        .Add("exact_outputs", OptionValues.Switch, o => o.ExactOutputs, (o, v) => o with { ExactOutputs = v },
            "write every answer to its end, also where its prediction can no longer change")
        .Group("Output and run")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output; everything else goes to standard error")
        .Add("output_dir", OptionValues.Text("DIR"), o => o.OutputDir, (o, v) => o with { OutputDir = v ?? "" },
            "folder for result files; an interrupted evaluation goes on from there", "none, nothing is written")
        .Add("overwrite_output_dir", OptionValues.Switch, o => o.OverwriteOutputDir,
            (o, v) => o with { OverwriteOutputDir = v }, "forget an evaluation under way in --output_dir")
        .Add("threads", OptionValues.OptionalInteger, o => o.Threads, (o, v) => o with { Threads = v },
            "threads of a CPU", "physical cores");
}
