namespace LoNas.Cli.Options;

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
        .Group("Output")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else");
}
