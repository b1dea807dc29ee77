using LoNas.Cli.Options;

namespace LoNas.Cli.Inspect;

/// <summary>The flags of <c>inspect</c>.</summary>
internal static class InspectTable
{
    public static OptionTable<InspectOptions> Table { get; } = new OptionTable<InspectOptions>(new InspectOptions())
        .Group("Model")
        .Add("model_name_or_path", OptionValues.Text("DIR|FILE|NAME"), o => o.ModelNameOrPath,
            (o, v) => o with { ModelNameOrPath = v ?? "" },
            "Hugging Face folder, config.json or hub name; weights are not touched", "none, required")
        .Add("model_revision", OptionValues.Text("NAME"), o => o.ModelRevision, (o, v) => o with { ModelRevision = v },
            "branch, tag or commit of a hub name", "main")
        .Group("Adapters")
        .Add("nncf_config", OptionValues.Text("FILE"), o => o.NncfConfig, (o, v) => o with { NncfConfig = v },
            "search space of the super-adapter; without it only the whole model is counted")
        .Add("target_modules", OptionValues.List, o => o.TargetModules, (o, v) => o with { TargetModules = v },
            "names of the linear layers that get an adapter", "those the configuration goes with")
        .Add("lora_r", OptionValues.OptionalInteger, o => o.LoraR, (o, v) => o with { LoraR = v },
            "full rank", "the configuration's, or 8")
        .Group("Training memory")
        .Add("per_device_train_batch_size", OptionValues.OptionalInteger, o => o.PerDeviceTrainBatchSize,
            (o, v) => o with { PerDeviceTrainBatchSize = v }, "tell the memory of a training with so many records in a micro-batch",
            "not told")
        .Add("cutoff_len", OptionValues.Integer, o => o.CutoffLen, (o, v) => o with { CutoffLen = v }, "most tokens of a record")
        .Add("gradient_checkpointing", OptionValues.Switch, o => o.GradientCheckpointing,
            (o, v) => o with { GradientCheckpointing = v }, "as run-math has it")
        .Add("bf16", OptionValues.Switch, o => o.Bf16, (o, v) => o with { Bf16 = v },
            "hold the base as bfloat16; without --bf16 and --fp16 as config.json's torch_dtype says")
        .Add("fp16", OptionValues.Switch, o => o.Fp16, (o, v) => o with { Fp16 = v },
            "hold the base as float16; a CPU uses bfloat16 instead")
        .Group("Output")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else");
}
