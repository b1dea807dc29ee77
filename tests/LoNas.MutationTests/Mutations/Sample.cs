namespace LoNas.MutationTests.Mutations;

/// <summary>A file to be damaged, and the code that reads it.</summary>
/// <param name="Path">The path for the damaged file. The files beside it exist already.</param>
/// <param name="Make">Makes a damaged file; the same random numbers make the same file.</param>
/// <param name="Read">Reads the file as the program does.</param>
internal sealed record Sample(string Path, Func<Random, byte[]> Make, Action<string> Read);
