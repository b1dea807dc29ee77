using LoNas.Elastic;
using LoNas.Export.Extraction;

namespace LoNas;

/// <summary>Extraction from the front door; GGUF and PEFT files are in <see cref="LoNas.Export"/>.</summary>
public static class ExportExtensions
{
    /// <summary>Makes a sub-adapter a physically smaller model in a folder of its own, the adapter merged.</summary>
    /// <param name="model">The model with its adapter as it is now, saved or not.</param>
    /// <param name="subAdapter">The sub-adapter, such as a found one; null cuts nothing.</param>
    /// <param name="folder">The new folder; it must not exist, or be empty.</param>
    /// <exception cref="ArgumentException">The folder is in use.</exception>
    /// <exception cref="LoNas.Export.SelfCheckException">
    /// The result does not compute what the cut model does.
    /// </exception>
    public static ExtractionReport Extract(this ElasticModel model, SubAdapter? subAdapter, string folder) =>
        Extractor.Extract(model, subAdapter, new ExtractionOptions { OutputDir = folder });
}
