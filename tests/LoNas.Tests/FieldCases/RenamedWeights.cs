using System.Text.RegularExpressions;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.FieldCases;

/// <summary>Writes weights under other names, as other programs leave them.</summary>
internal static class RenamedWeights
{
    /// <summary>Copies a folder; in its weights what a pattern matches in names is replaced.</summary>
    /// <param name="from">The folder.</param>
    /// <param name="to">The new folder.</param>
    /// <param name="pattern">A regular expression; a tensor whose name becomes empty is left out.</param>
    /// <param name="replacement">What comes in its place.</param>
    public static string Copy(string from, string to, string pattern, string replacement)
    {
        Directory.CreateDirectory(to);
        foreach (var path in Directory.EnumerateFiles(from))
        {
            var copy = Path.Combine(to, Path.GetFileName(path));
            if (!path.EndsWith("model.safetensors", StringComparison.Ordinal))
            {
                File.Copy(path, copy);
                continue;
            }

            using var scope = NewDisposeScope();
            using var file = SafetensorsFile.Open(path);
            SafetensorsWriter.Save(copy,
            [
                .. file.Names.Select(name => (Name: Regex.Replace(name, pattern, replacement), Tensor: file.Load(name)))
                    .Where(entry => entry.Name.Length > 0),
            ]);
        }

        return to;
    }
}
