using LoNas.Elastic;
using LoNas.Models;
using LoNas.Storage;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Export.Extraction;

/// <summary>
/// Makes a sub-adapter a physically smaller model in a Hugging Face folder: base and adapter are cut, the adapter is
/// merged or kept beside, and the result is held against the masked model. The folder appears complete or not at all.
/// </summary>
public static class Extractor
{
    /// <summary>The folder of a kept adapter in the model's.</summary>
    public const string AdapterFolder = "adapter";

    /// <summary>Checks the place of the new folder, before anything that takes long.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="replace">As <see cref="ExtractionOptions.Replace"/>.</param>
    /// <param name="inputs">What is read: files, and folders with their files; null for none.</param>
    /// <exception cref="ArgumentException">A folder is there that must stay.</exception>
    public static void RequirePlace(string path, bool replace, params string?[] inputs) =>
        AtomicFolder.RequireFree(path, replace ? ExtractedFolder.Other : null, inputs);

    /// <summary>Whether a folder holds what an extraction or a merge wrote, and nothing else.</summary>
    public static bool IsOutput(string path) => Directory.Exists(path) && ExtractedFolder.Other(path) is null;

    /// <summary>Extracts.</summary>
    /// <param name="model">The opened model; best with <see cref="ModelUse.Stored"/>, else it is opened once
    /// more.</param>
    /// <param name="subAdapter">The sub-adapter to cut out; null leaves everything.</param>
    /// <param name="options">How.</param>
    /// <param name="onProgress">Told bytes written and to be written.</param>
    /// <param name="cancel">Stops between two tensors; nothing is left.</param>
    /// <exception cref="ArgumentException">The output exists and must stay, or there is no adapter to keep.</exception>
    /// <exception cref="InvalidDataException">Base, adapter, configuration and sub-adapter do not fit each
    /// other.</exception>
    /// <exception cref="IOException">The disk is full, or too small for the output.</exception>
    /// <exception cref="SelfCheckException">The output does not compute what the masked model does.</exception>
    public static ExtractionReport Extract(
        ElasticModel model,
        SubAdapter? subAdapter,
        ExtractionOptions options,
        Action<long, long>? onProgress = null,
        CancellationToken cancel = default)
    {
        var other = options.Replace ? (Func<string, string?>)ExtractedFolder.Other : null;
        AtomicFolder.RequireFree(options.OutputDir, other, model.Folder.Path, model.AdapterFolder);
        using var masked = MaskedModel.Of(model, subAdapter);
        if (options.KeepAdapter && masked.Adapter.Options is null)
        {
            throw new ArgumentException("There is no adapter to keep beside the model; give one, or do not ask for it");
        }

        if (options.KeepAdapter && !masked.Adapter.Parameters.Any())
        {
            throw new ArgumentException(
                "The adapter is the embedding's alone, which the extracted model takes in, so that none is left to "
                + "keep beside it; do not ask for it");
        }

        if (options.RequireWholeBase)
        {
            CutAdapter.RequireWholeBase(masked, "a merged model");
        }

        ExtractionReport? report = null;
        AtomicFolder.Write(options.OutputDir, folder =>
        {
            report = Write(folder, masked, options, onProgress, cancel);
            report = report with
            {
                Check = options.Verify ? Check(masked, folder, options, Type(masked, options), cancel) : null,
            };
            cancel.ThrowIfCancellationRequested();
            ModelCard.Save(folder, masked, options, report);
        }, other);
        return report!;
    }

    private static ScalarType Type(MaskedModel model, ExtractionOptions options) =>
        options.DType ?? model.Folder.CheckpointType;

    private static ExtractionReport Write(
        string folder, MaskedModel model, ExtractionOptions options, Action<long, long>? onProgress,
        CancellationToken cancel)
    {
        var widths = CutWidths.Of(model);
        // Without a key Transformers makes an MLP this wide whatever the configuration says.
        long wanted = model.Folder.Family.HasMlpKey ? widths.Mlp.Max() : 4 * model.Folder.Config.HiddenSize;
        long? padTo = options.PadToUniform ? wanted : null;
        var dtype = Type(model, options);
        var tensors = CutTensors.Base(model, dtype, merge: !options.KeepAdapter, padTo);
        long[] mlp = [.. widths.Mlp.Select(width => padTo ?? width)];
        long total = tensors.Sum(tensor => tensor.Bytes);
        FreeDisk.Require(options.OutputDir, total, options.OnShortage);
        long done = 0;
        ShardedWeights.Save(
            folder, tensors, options.MaxShardSize, bytes => onProgress?.Invoke(done += bytes, total), cancel);
        ExtractedConfig.Save(folder, model, mlp, dtype);
        SourceFiles.Copy(model.Folder.Path, folder);
        if (options.KeepAdapter)
        {
            // Where it will stand: PEFT looks a relative name up from wherever its program was started.
            total += CutAdapter.Save(
                Path.Combine(folder, AdapterFolder), model, Path.GetFullPath(options.OutputDir), forCheckpoint: false,
                cancel);
        }

        return Report(folder, model, options, total, mlp);
    }

    private static ExtractionReport Report(
        string folder, MaskedModel model, ExtractionOptions options, long bytes, IReadOnlyList<long> mlp)
    {
        int tokens = model.SampleTokens;
        var before = CostModel.Of(model.Folder.Config, model.Adapter.Shapes, tokens);
        var layout = LinearLayout.Load(folder);
        var after = AdaptedLinears.Of(layout, options.KeepAdapter ? CutAdapter.Options(model) : null);
        long element = SafetensorsTypes.SizeOf(Type(model, options));
        return new ExtractionReport(
            before.Full(),
            CostModel.Of(model.Folder.Config, WithoutAdapter(model), tokens).Full(),
            CostModel.Of(layout.Config, after, tokens).Full(),
            (model.BaseElements * element) + model.AdapterBytes,
            model.BaseElements * element,
            bytes,
            mlp,
            LoadableBy.Of(model, mlp),
            Check: null);
    }

    private static Dictionary<string, LinearShape> WithoutAdapter(MaskedModel model) =>
        model.Adapter.Shapes.ToDictionary(entry => entry.Key, entry => entry.Value with { Rank = 0 });

    /// <summary>The two models one after the other: their logits are small, they are not.</summary>
    private static LogitDifference Check(
        MaskedModel masked, string folder, ExtractionOptions options, ScalarType dtype, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var expected = masked.Logits(CheckPrompt.Of(masked.Folder), cancel);
        using var written = ElasticModel.Open(new OpenOptions
        {
            Model = folder,
            Adapter = options.KeepAdapter ? Path.Combine(folder, AdapterFolder) : null,
            Use = ModelUse.Stored,
            NeedsTokenizer = false,
        });
        using var cut = MaskedModel.Of(written, null);
        return LogitDifference.Between(expected, cut.Logits(CheckPrompt.Of(cut.Folder), cancel), dtype)
            .Require(options.OutputDir);
    }
}
