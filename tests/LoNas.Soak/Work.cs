namespace LoNas.Soak;

/// <summary>A command that is killed.</summary>
/// <param name="Name">For the reader.</param>
/// <param name="Flags">Command and flags but <c>--output_dir</c>.</param>
/// <param name="Checkpoints">
/// The folder of an unbroken run that kept every checkpoint; null where there are none.
/// </param>
internal sealed record Work(string Name, string[] Flags, string? Checkpoints = null)
{
    /// <summary>The whole line.</summary>
    public string[] Line(string output) => [.. Flags, $"--output_dir={output}"];
}
