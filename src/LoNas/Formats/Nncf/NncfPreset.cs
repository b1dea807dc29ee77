namespace LoNas.Formats.Nncf;

/// <summary>The task family that a search space is made for.</summary>
public enum NncfPreset
{
    /// <summary>Math word problems, with a causal model.</summary>
    Math,

    /// <summary>Commonsense questions, with a causal model.</summary>
    Commonsense,

    /// <summary>Sentence classification, with BERT.</summary>
    Glue,
}
