using System.Text;
using LoNas.Cli.Options;
using LoNas.Storage;

namespace LoNas.Cli.Flags;

/// <summary>How the text of data sets is encoded.</summary>
internal sealed record EncodingFlags
{
    /// <summary>Null: UTF-8.</summary>
    public string? Encoding { get; init; }

    /// <summary>The encoding as the library takes it.</summary>
    public Encoding? OfText => Encoding is null ? null : TextInput.Find(Encoding);

    public static void Rows(OptionTable<EncodingFlags> table) => table
        .Add("encoding", OptionValues.Text("NAME"), o => o.Encoding, (o, v) => o with { Encoding = v },
            "encoding of the data sets, such as latin-1, windows-1252, utf-16, gb18030 or shift_jis", "utf-8");

    /// <summary>Notes what is wrong with the value.</summary>
    public void Check(OptionProblems problems) => problems.When(
        Encoding is not null && OfText is null,
        $"--encoding is '{Encoding}'; expected the name of an encoding, such as utf-8, latin-1, windows-1252, utf-16, "
        + "gb18030 or shift_jis",
        "encoding");
}
