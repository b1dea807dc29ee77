using LoNas.Runtime;
using Microsoft.ML.Tokenizers;
using static TorchSharp.torch;

namespace LoNas.Samples;

/// <summary>
/// An endless stream of documents packed into rows of one length. Each row begins with a document; the last one in it
/// is cut.
/// </summary>
internal sealed class PackedCorpus(LlamaTokenizer tokenizer, long seed, IReadOnlySet<string> reserved)
{
    private readonly CorpusGenerator _documents = new(new SeededRandom(seed), reserved);

    /// <summary>The next rows, [B, T] int64.</summary>
    public Tensor Next(int rows, int length)
    {
        var ids = new List<long>(rows * length);
        for (int row = 1; row <= rows; row++)
        {
            while (ids.Count < row * length)
            {
                ids.AddRange(tokenizer.EncodeToIds(_documents.Next()).Select(id => (long)id));
                ids.Add(tokenizer.EndOfSentenceId);
            }

            ids.RemoveRange(row * length, ids.Count - (row * length));
        }

        return tensor(ids.ToArray()).view(rows, length);
    }
}
