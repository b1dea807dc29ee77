namespace LoNas.Cli.Train;

/// <summary>How far a training run came.</summary>
internal enum RunStage
{
    /// <summary>Nothing was done.</summary>
    New,

    /// <summary>Training was begun.</summary>
    Training,

    /// <summary>The adapter is trained and saved.</summary>
    Trained,

    /// <summary>Everything the command asked for is done.</summary>
    Finished,
}
