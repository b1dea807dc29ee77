namespace LoNas.Cli.Options;

/// <summary>What a flag's value looks like; decides what may follow it and which JSON values it takes.</summary>
internal enum OptionShape
{
    /// <summary>A number or one of a few names.</summary>
    Scalar,

    /// <summary>A boolean; alone it means true.</summary>
    Switch,

    /// <summary>A name or path; a following token that starts with <c>--</c> is another flag.</summary>
    Text,

    /// <summary>Words of the user's own, taken as they are.</summary>
    FreeText,

    /// <summary>Names with commas between them.</summary>
    List,

    /// <summary>Numbers with commas between them.</summary>
    Numbers,
}
