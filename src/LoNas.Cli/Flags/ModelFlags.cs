using LoNas.Cli.Options;
using LoNas.Hub;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Cli.Flags;

/// <summary>Which base model, in which element type and where it computes.</summary>
internal sealed record ModelFlags
{
    private static readonly OptionValue<string?> Devices = OptionValues.FreeText with
    {
        Label = "auto|cpu|cuda|cuda:N",
        Choices = ["auto", "cpu", "cuda"],
    };

    public string ModelNameOrPath { get; init; } = "";

    /// <summary>Null: main.</summary>
    public string? ModelRevision { get; init; }

    /// <summary>Seconds; null: the environment's, or the library's default.</summary>
    public double? HubTimeout { get; init; }

    /// <summary>What <c>--dtype</c> names; null: what one of the switches says, or the checkpoint's own.</summary>
    public ScalarType? Dtype { get; init; }

    public bool Bf16 { get; init; }

    public bool Fp16 { get; init; }

    public string Device { get; init; } = "auto";

    public bool Tf32 { get; init; }

    /// <summary>Null: one for each physical core.</summary>
    public int? Threads { get; init; }

    /// <summary>How long the hub is waited for; null where nobody says.</summary>
    public TimeSpan? HubWait => HubTimeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>The element type that is asked for; null for the checkpoint's own.</summary>
    public ScalarType? ElementType => Dtype ?? (Bf16 ? ScalarType.BFloat16 : Fp16 ? ScalarType.Float16 : null);

    /// <summary>What opens the model, with an adapter where one is given.</summary>
    public OpenOptions Opening(AdapterFlags? adapter = null) => new()
    {
        Model = ModelNameOrPath,
        Revision = ModelRevision,
        HubTimeout = HubWait,
        ElementType = ElementType,
        Device = Device,
        Tf32 = Tf32,
        Adapter = adapter?.LoraWeights,
        ConfigurationFile = adapter?.NncfConfig,
        SubAdapter = adapter?.Choice,
        Threads = Threads,
    };

    /// <summary>All flags but the one for threads, which stands further down in the help.</summary>
    public static void Rows(OptionTable<ModelFlags> table)
    {
        NameRows(table);
        TypeRows(table);
        DeviceRows(table);
    }

    /// <summary>Which model.</summary>
    public static void NameRows(OptionTable<ModelFlags> table) => NameRows(
        table,
        "DIR|NAME",
        "Hugging Face folder of the base model, or its hub name such as yahma/llama-7b-hf");

    /// <summary>Which model, of commands that need its config.json alone.</summary>
    public static void ShapeRows(OptionTable<ModelFlags> table) => NameRows(
        table, "DIR|FILE|NAME", "Hugging Face folder, config.json or hub name; weights are not touched");

    /// <summary>Which model, of commands that need its chat template alone and can do without one.</summary>
    public static void TemplateRows(OptionTable<ModelFlags> table) => NameRows(
        table, "DIR|NAME", "Hugging Face folder or hub name, for its chat template and special tokens; weights are not "
            + "touched", "no model, with --messages and --chat_template");

    /// <summary>The element type.</summary>
    public static void TypeRows(OptionTable<ModelFlags> table) => TypeRows(
        table,
        "element type that the base model is held in; of f16 a CPU makes bf16",
        "the checkpoint's own");

    /// <summary>The same in a command's own words.</summary>
    public static void TypeRows(OptionTable<ModelFlags> table, string description, string otherwise)
    {
        table.Add("dtype", TypeNames.Value, o => o.Dtype, (o, v) => o with { Dtype = v }, description, otherwise);

        // Runs are told by these two, whichever name was given.
        Switch("bf16", o => o.Bf16, (o, v) => o with { Bf16 = v }, ScalarType.BFloat16);
        Switch("fp16", o => o.Fp16, (o, v) => o with { Fp16 = v }, ScalarType.Float16);

        void Switch(
            string name, Func<ModelFlags, bool> read, Func<ModelFlags, bool, ModelFlags> write, ScalarType type) =>
            table.Add(name, OptionValues.Switch, o => read(o) || o.Dtype == type, write,
                $"the same as --dtype {TypeNames.Short(type)}");
    }

    /// <summary>Where it computes.</summary>
    public static void DeviceRows(OptionTable<ModelFlags> table)
    {
        DeviceRow(table, "auto takes a CUDA device where there is one");
        table.Add("tf32", OptionValues.Switch, o => o.Tf32, (o, v) => o with { Tf32 = v },
            "multiply float32 matrices of a CUDA device in TensorFloat-32: faster, and three digits instead of seven");
    }

    /// <summary>The same for commands that compute little in float32.</summary>
    /// <param name="table">The flags.</param>
    /// <param name="hint">What helps to choose.</param>
    public static void DeviceRow(OptionTable<ModelFlags> table, string hint) => table
        .Add("device", Devices, o => o.Device, (o, v) => o with { Device = v ?? "" },
            $"where the model computes; {hint}");

    /// <summary>With how many threads.</summary>
    public static void ThreadRow(OptionTable<ModelFlags> table) => table
        .Add("threads", OptionValues.OptionalInteger, o => o.Threads, (o, v) => o with { Threads = v },
            "threads of a CPU", "physical cores");

    /// <summary>
    /// Notes what is wrong with a model that is opened; values that a command has no flags for are right.
    /// </summary>
    public void Check(OptionProblems problems)
    {
        RequireName(problems, "give the Hugging Face folder of the base model");
        CheckTypes(problems);
        CheckRun(problems);
    }

    /// <summary>The same of a model whose config.json alone is read.</summary>
    public void CheckShape(OptionProblems problems)
    {
        RequireName(problems, "give a Hugging Face folder, its config.json or a hub name");
        CheckTypes(problems);
    }

    /// <summary>Notes what is wrong with the place and the threads.</summary>
    public void CheckRun(OptionProblems problems) => problems
        .When(!DeviceChoice.IsName(Device), $"--device is '{Device}'; expected {DeviceChoice.Names}", "device")
        .AtLeast("threads", Threads, 1)
        .AtMost("threads", Threads, TorchRuntime.MostThreads);

    /// <summary>Its folder or name alone.</summary>
    /// <param name="table">The flags.</param>
    /// <param name="label">What may be given.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="otherwise">What is taken where it is not given; null: it must be given.</param>
    public static void NameRow(
        OptionTable<ModelFlags> table, string label, string description, string? otherwise = null) => table
        .Group("Model")
        .Add("model_name_or_path", OptionValues.Text(label), o => o.ModelNameOrPath,
            (o, v) => o with { ModelNameOrPath = v ?? "" }, description, otherwise)
        .Required(otherwise is null);

    private static void NameRows(
        OptionTable<ModelFlags> table, string label, string description, string? otherwise = null)
    {
        NameRow(table, label, description, otherwise);
        table.Add("model_revision", OptionValues.Text("NAME"), o => o.ModelRevision,
            (o, v) => o with { ModelRevision = v },
            "branch, tag or commit of a hub name", "main");
        table.Add("hub_timeout", OptionValues.OptionalNumber, o => o.HubTimeout, (o, v) => o with { HubTimeout = v },
            "seconds without a byte from the hub until that is an error", "HF_HUB_DOWNLOAD_TIMEOUT, or 30");
    }

    /// <summary>The same of a model that need not be given.</summary>
    public void CheckLocation(OptionProblems problems) => problems
        .When(ModelRevision is not null && ModelNameOrPath.Length == 0,
            "--model_revision needs --model_name_or_path, the model that it is of", "model_revision",
            "model_name_or_path")
        .Positive("hub_timeout", HubTimeout)
        .AtMost("hub_timeout", HubTimeout, HubSettings.LongestTimeout.TotalSeconds);

    private void RequireName(OptionProblems problems, string why) => problems
        .Required("model_name_or_path", ModelNameOrPath, why)
        .Positive("hub_timeout", HubTimeout)
        .AtMost("hub_timeout", HubTimeout, HubSettings.LongestTimeout.TotalSeconds);

    private void CheckTypes(OptionProblems problems) => problems
        .When(Bf16 && Fp16, "--bf16 and --fp16 exclude each other; give one", "bf16", "fp16")
        .When(Bf16 && Dtype is { } type && type != ScalarType.BFloat16,
            $"--dtype {TypeNames.Short(Dtype)} and --bf16 contradict each other; give one", "dtype", "bf16")
        .When(Fp16 && Dtype is { } other && other != ScalarType.Float16,
            $"--dtype {TypeNames.Short(Dtype)} and --fp16 contradict each other; give one", "dtype", "fp16");
}
