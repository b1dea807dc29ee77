using System.Text;

namespace LoNas.Cli.Output;

/// <summary>What is typed, or comes from a pipe or a file, line by line.</summary>
/// <param name="reader">Gives the lines.</param>
/// <param name="isTerminal">Whether a person types them.</param>
internal sealed class ConsoleInput(TextReader reader, bool isTerminal = false)
{
    private int _lines;

    /// <summary>No line at all.</summary>
    public static ConsoleInput None { get; } = new(TextReader.Null);

    /// <summary>Whether a person types it.</summary>
    public bool IsTerminal => isTerminal;

    /// <summary>That of this process.</summary>
    // A pipe is read as UTF-8 whatever the terminal's encoding: what is no text must not become question marks.
    public static ConsoleInput OfProcess() => Console.IsInputRedirected
        ? new(new StreamReader(
            Console.OpenStandardInput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false,
                throwOnInvalidBytes: true)))
        : new(Console.In, isTerminal: true);

    /// <summary>The next line without its end; null behind the last.</summary>
    /// <exception cref="InvalidDataException">It is no text.</exception>
    public string? ReadLine()
    {
        try
        {
            _lines++;
            return reader.ReadLine();
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException(
                $"Standard input is not UTF-8, in line {_lines} or soon behind it; write what comes from there as "
                + "UTF-8", error);
        }
    }
}
