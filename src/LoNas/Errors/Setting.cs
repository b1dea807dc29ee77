namespace LoNas.Errors;

/// <summary>
/// What a user can set, as an error names it: the library says what is wrong with which setting, and the program that
/// uses it knows how its users set that.
/// </summary>
public enum Setting
{
    /// <summary>The folder of a trained adapter.</summary>
    Adapter,

    /// <summary>The numbers of the layers that get an adapter.</summary>
    AdaptedLayers,

    /// <summary>Whether bad records of a data set are left out.</summary>
    BadRecords,

    /// <summary>The NNCF configuration, which says what can be cut.</summary>
    Configuration,

    /// <summary>Micro-batches of an optimiser step.</summary>
    AccumulationSteps,

    /// <summary>Records of a micro-batch.</summary>
    BatchSize,

    /// <summary>The element type that the base is held in.</summary>
    BaseType,

    /// <summary>The columns of a data set that its fields are in.</summary>
    DataColumns,

    /// <summary>The encoding of data sets.</summary>
    DataEncoding,

    /// <summary>What the records of a data set hold.</summary>
    DataFormat,

    /// <summary>Where a model computes.</summary>
    Device,

    /// <summary>The layers that get no adapter whatever targets them.</summary>
    ExcludedModules,

    /// <summary>The folder of GLUE's tasks.</summary>
    GlueData,

    /// <summary>How long the hub is waited for.</summary>
    HubTimeout,

    /// <summary>The most tokens of a training record.</summary>
    InputLength,

    /// <summary>The learning rate of training.</summary>
    LearningRate,

    /// <summary>The most MACs of a sub-adapter that is chosen from a front.</summary>
    MaxMacs,

    /// <summary>The least accuracy of a sub-adapter that is chosen from a front.</summary>
    MinAccuracy,

    /// <summary>The base model.</summary>
    Model,

    /// <summary>The modules that are trained in full beside the adapters.</summary>
    ModulesInFull,

    /// <summary>Where the public test sets are.</summary>
    PublicSets,

    /// <summary>The folder for results.</summary>
    OutputFolder,

    /// <summary>The element type of weights that are written.</summary>
    OutputType,

    /// <summary>How many sub-adapters a search evaluates.</summary>
    SearchLength,

    /// <summary>What sub-adapters are judged by in a search.</summary>
    SearchMetric,

    /// <summary>The most tokens of a classifier's text or pair.</summary>
    SequenceLength,

    /// <summary>Further variables of a chat template.</summary>
    ChatVariables,

    /// <summary>The chat template of conversations.</summary>
    ChatTemplate,

    /// <summary>The records that are trained on.</summary>
    DataSet,

    /// <summary>Which of the assistant's messages are learned.</summary>
    LearnedPart,

    /// <summary>Whether to go on where memory or disk seem too small.</summary>
    Shortage,

    /// <summary>How many training steps in a row may be skipped, their numbers not being finite.</summary>
    SkippedSteps,

    /// <summary>Whether to start again where a folder holds earlier work.</summary>
    StartAgain,

    /// <summary>The layers that get an adapter.</summary>
    TargetModules,

    /// <summary>The base model, where it must write text, which a classifier does not.</summary>
    TextModel,

    /// <summary>How long is trained.</summary>
    TrainingLength,

    /// <summary>Whether the tokens of prompts are learned too.</summary>
    TrainOnInputs,

    /// <summary>How many records are set aside for validation.</summary>
    ValidationRecords,

    /// <summary>How many texts a classifier is judged by.</summary>
    ValidationTexts,

    /// <summary>Whether what was written is read back and compared.</summary>
    Verification,
}
