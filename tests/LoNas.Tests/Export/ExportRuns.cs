using LoNas.Export;
using LoNas.Export.Extraction;
using LoNas.Export.Gguf;

namespace LoNas.Tests.Export;

/// <summary>Opens what is to be exported, exports its sub-adapter and closes it again.</summary>
internal static class ExportRuns
{
    public static ExtractionReport Extract(
        OpenOptions source, ExtractionOptions options, Action<long, long>? onProgress = null,
        CancellationToken cancel = default)
    {
        using var model = Open(source);
        return Extractor.Extract(model, model.Chosen?.SubAdapter, options, onProgress, cancel);
    }

    public static GgufReport Gguf(
        OpenOptions source, string path, GgufType? type = null, bool verify = true,
        Action<long, long>? onProgress = null,
        CancellationToken cancel = default)
    {
        using var model = Open(source);
        return GgufExport.Save(model, model.Chosen?.SubAdapter, path, type, verify, onProgress, cancel);
    }

    public static GgufReport GgufLora(OpenOptions source, string path)
    {
        using var model = Open(source);
        return GgufLoraExport.Save(model, model.Chosen?.SubAdapter, path);
    }

    public static long Peft(OpenOptions source, string path)
    {
        using var model = Open(source);
        return PeftExport.Save(model, model.Chosen?.SubAdapter, path);
    }

    private static ElasticModel Open(OpenOptions source) =>
        ElasticModel.Open(source with { Use = ModelUse.Stored, NeedsTokenizer = false });
}
