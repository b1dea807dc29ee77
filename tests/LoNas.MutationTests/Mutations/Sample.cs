namespace LoNas.MutationTests.Mutations;

/// <summary>A file to be damaged and what reads it.</summary>
/// <param name="Path">Where the damaged file is written; what it stands beside is there already.</param>
/// <param name="Make">A damaged file; equal random numbers make equal ones.</param>
/// <param name="Read">Reads the file as the program does.</param>
internal sealed record Sample(string Path, Func<Random, byte[]> Make, Action<string> Read);
