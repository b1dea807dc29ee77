using LoNas.Errors;

namespace LoNas.Cli.Output;

/// <summary>The flags that set what the library's messages are about.</summary>
internal static class SettingFlags
{
    /// <summary>Flags are named alike in every command that has them.</summary>
    private static readonly Dictionary<Setting, string> Flags = new()
    {
        [Setting.Adapter] = "--lora_weights",
        [Setting.AdaptedLayers] = "--layers_to_transform",
        [Setting.BadRecords] = "--skip_bad_records",
        [Setting.Configuration] = "--nncf_config",
        [Setting.AccumulationSteps] = "--gradient_accumulation_steps",
        [Setting.BatchSize] = "--per_device_train_batch_size",
        [Setting.BaseType] = "--dtype",
        [Setting.ChatTemplate] = "--chat_template",
        [Setting.ChatVariables] = "--chat_template_kwargs",
        [Setting.DataColumns] = "--columns",
        [Setting.DataFormat] = "--dataset_format",
        [Setting.DataSet] = "--dataset_path",
        [Setting.LearnedPart] = "--train_on",
        [Setting.DataEncoding] = "--encoding",
        [Setting.Device] = "--device",
        [Setting.ExcludedModules] = "--exclude_modules",
        [Setting.GlueData] = "--glue_dir; 'lonas data glue' gets them",
        [Setting.HubTimeout] = "--hub_timeout",
        [Setting.InputLength] = "--cutoff_len",
        [Setting.LearningRate] = "--learning_rate",
        [Setting.MaxMacs] = "--max_macs",
        [Setting.MinAccuracy] = "--min_accuracy",
        [Setting.Model] = "--model_name_or_path",
        [Setting.ModulesInFull] = "--modules_to_save",
        [Setting.OutputFolder] = "--output_dir",
        [Setting.OutputType] = "--dtype",
        [Setting.PublicSets] = "--datasets_dir; 'lonas data math' and 'lonas data commonsense' say how to get them",
        [Setting.SearchLength] = "--num_evals",
        [Setting.SearchMetric] = "--search_metric",
        [Setting.SequenceLength] = "--max_seq_length",
        [Setting.Shortage] = "--force",
        [Setting.SkippedSteps] = "--max_skipped_steps",
        [Setting.StartAgain] = "--overwrite",
        [Setting.TargetModules] = "--target_modules",
        [Setting.TextModel] = "--model_name_or_path; of a classifier 'lonas run-glue' with --do_predict writes the "
            + "labels of texts, with --do_search it searches, and 'lonas evaluate' with --tasks glue:mrpc tests them",
        [Setting.TrainingLength] = "--num_train_epochs",
        [Setting.TrainOnInputs] = "--train_on_inputs",
        [Setting.ValidationRecords] = "--val_set_size",
        [Setting.ValidationTexts] = "--max_eval_samples",
        [Setting.Verification] = "--no_verify",
    };

    /// <summary>A message of the library with the flags that it is about.</summary>
    public static string Add(string message, params IReadOnlyList<Setting> settings) =>
        settings.Count == 0 ? message : $"{message} ({string.Join(", ", settings.Select(setting => Flags[setting]))})";
}
