namespace LoNas.Soak;

/// <summary>A command to be killed.</summary>
/// <param name="Name">A name for messages.</param>
/// <param name="Flags">The command and its flags except <c>--output_dir</c>.</param>
/// <param name="Checkpoints">
/// The folder of an uninterrupted run that kept every checkpoint; null if the command writes none.
/// </param>
internal sealed record Work(string Name, string[] Flags, string? Checkpoints = null)
{
    /// <summary>The whole line.</summary>
    public string[] Line(string output) => [.. Flags, $"--output_dir={output}"];
}
