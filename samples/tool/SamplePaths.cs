namespace LoNas.Samples;

/// <summary>The paths of the samples.</summary>
/// <param name="Root">The folder samples/ of the repository.</param>
internal sealed record SamplePaths(string Root)
{
    /// <summary>The model folder, in Hugging Face layout.</summary>
    public string Model => Path.Combine(Root, "model");

    /// <summary>The data set's folder.</summary>
    public string Problems => Path.Combine(Root, "datasets", "word_problems");

    /// <summary>The conversations.</summary>
    public string Conversations => Path.Combine(Root, "chat.jsonl");

    /// <summary>The tokenizer file.</summary>
    public string Tokenizer => Path.Combine(Model, "tokenizer.model");

    /// <summary>The samples of the checkout that holds this program.</summary>
    /// <exception cref="InvalidDataException">The program runs outside a checkout.</exception>
    public static SamplePaths Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "LoNas.slnx")))
            {
                return new SamplePaths(Path.Combine(folder.FullName, "samples"));
            }
        }

        throw new InvalidDataException("No folder above the program holds LoNas.slnx; run it from a checkout");
    }
}
