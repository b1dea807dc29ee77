namespace LoNas.Cli.Extract;

/// <summary>What <c>export</c> writes.</summary>
internal enum ExportTarget
{
    /// <summary>One file for llama.cpp, the adapter merged.</summary>
    Gguf,

    /// <summary>An adapter folder for PEFT.</summary>
    Peft,

    /// <summary>An adapter file for llama.cpp.</summary>
    GgufLora,
}
