using LoNas.Models;
using LoNas.Text;

namespace LoNas.Export.Extraction;

/// <summary>
/// The prompt of the self-check: a sentence where the folder has a tokenizer, else ids over the vocabulary.
/// </summary>
internal static class CheckPrompt
{
    private const string Text = "Tom has 7 apples. He buys 5 more. How many apples does he have?";
    private const int IdCount = 16;

    public static int[] Of(ModelFolder folder)
    {
        if (TokenizerFolder.Files.Any(name => File.Exists(Path.Combine(folder.Path, name))))
        {
            try
            {
                var ids = TextTokenizer.Load(folder.Path).Encode(Text);
                return ids.Length > 0 && ids.Max() < folder.Config.VocabularySize ? ids : Spread(folder);
            }
            catch (InvalidDataException)
            {
                // A kind of tokenizer that can't be read here is no reason not to cut the model.
            }
        }

        return Spread(folder);
    }

    private static int[] Spread(ModelFolder folder)
    {
        long vocabulary = folder.Config.VocabularySize;
        long step = Math.Max(1, vocabulary / (IdCount + 1));
        return [.. Enumerable.Range(1, IdCount).Select(i => (int)(i * step % vocabulary))];
    }
}
