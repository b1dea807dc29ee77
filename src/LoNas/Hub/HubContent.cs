namespace LoNas.Hub;

/// <summary>What is wanted of a repository of the hub.</summary>
public enum HubContent
{
    /// <summary>A model: configuration, tokenizer and weights.</summary>
    Model,

    /// <summary>A PEFT adapter: configuration and weights.</summary>
    Adapter,

    /// <summary>A model's config.json alone.</summary>
    Configuration,
}
