using LoNas.Cli.Model;
using LoNas.Cli.Options;

namespace LoNas.Cli.Extract;

/// <summary>The flags of <see cref="SourceOptions"/>, alike in every command that has them.</summary>
internal static class SourceFlags
{
    /// <param name="table">The command's table.</param>
    /// <param name="get">Gets the source out of the command's options.</param>
    /// <param name="set">Puts it back.</param>
    /// <param name="subAdapterDefault">What is taken where there is a configuration and no choice.</param>
    public static OptionTable<T> AddSource<T>(
        this OptionTable<T> table,
        Func<T, SourceOptions> get,
        Func<T, SourceOptions, T> set,
        string subAdapterDefault = SubAdapterChoice.Heuristic) => table
        .Group("Model")
        .Add("model_name_or_path", OptionValues.Text("DIR|NAME"), o => get(o).ModelNameOrPath,
            (o, v) => set(o, get(o) with { ModelNameOrPath = v ?? "" }),
            "Hugging Face folder of the base model, or its hub name such as yahma/llama-7b-hf", "none, required")
        .Add("model_revision", OptionValues.Text("NAME"), o => get(o).ModelRevision,
            (o, v) => set(o, get(o) with { ModelRevision = v }), "branch, tag or commit of a hub name", "main")
        .Group("Adapter")
        .Add("lora_weights", OptionValues.Text("DIR|NAME"), o => get(o).LoraWeights,
            (o, v) => set(o, get(o) with { LoraWeights = v }), "PEFT folder of a trained adapter, or its hub name")
        .Add("nncf_config", OptionValues.Text("FILE"), o => get(o).NncfConfig,
            (o, v) => set(o, get(o) with { NncfConfig = v }),
            "search space of the super-adapter", "the one that lonas.json beside the adapter names")
        .Add("sub_adapter", OptionValues.Text("NAME|FILE|FILE#N"), o => get(o).SubAdapter,
            (o, v) => set(o, get(o) with { SubAdapter = v }),
            "maximal, heuristic, minimal, a JSON file or entry N of a front; needs a configuration", subAdapterDefault)
        .AddFrontLimits(
            o => get(o).MaxMacs, (o, v) => set(o, get(o) with { MaxMacs = v }),
            o => get(o).MinAccuracy, (o, v) => set(o, get(o) with { MinAccuracy = v }));
}
