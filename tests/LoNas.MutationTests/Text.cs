namespace LoNas.MutationTests;

/// <summary>Files as the program, or its user, would write them.</summary>
internal static class Text
{
    public const string Adapter = """
        {"peft_type": "LORA", "r": 8, "lora_alpha": 16, "lora_dropout": 0.05, "bias": "none", "task_type": "SEQ_CLS",
         "target_modules": ".*\\.(q_proj|v_proj)", "modules_to_save": ["classifier"], "use_rslora": false, "use_dora": false,
         "rank_pattern": {"layers\\.[0-3]\\..*": 4, "query": 2}, "alpha_pattern": {"q_proj": 8.5}, "layers_to_transform": null}
        """;

    public const string SearchJournal = """
        {"seed":1,"model":"tiny"}
        {"genome":[0,2,1],"objectives":[0.5,-0.25]}
        {"genome":[1,2,1],"objectives":[5,7]}

        """;

    public const string ResponseJournal = """
        {"seed":1,"model":"tiny"}
        {"set":"mawps","record":0,"output_pred":"It is 5.\n","new_tokens":7}
        {"set":"mawps","record":1,"output_pred":"é🙂","new_tokens":3}

        """;

    public const string Task = """
        {
          // A comment.
          "name": "own", "data": "test.json", "train_data": "train.json", "template": "Question: {instruction}\nAnswer:",
          "stop": "\n\n", "answer": {"pattern": "answer is (\\d+)", "match": "last", "ignore_case": true},
          "metric": "number", "tolerance": 0.01, "max_new_tokens": 64,
        }
        """;

    public const string Options = """
        {"model_name_or_path": "m", "dry_run": true, "fp16": "False", "dataset_path": null, "lora_r": 16,
         "learning_rate": 3e-4, "target_modules": ["a", "b"], "save_strategy": "epoch", "seed": 1, "do_train": true,
         "output_dir": "out", "val_set_size": 10, "cutoff_len": 256}
        """;

    public const string Manifest = """
        {"lonas_version": "0.1.0", "nncf_config": null, "channel_order": "channel_order.safetensors",
         "active_sub_adapter": {"width": {"0": 8, "1": 6}}, "search_space": [{"members": ["a:LoraA"], "widths": [8, 6]}]}
        """;

    public const string Marker = """
        {"stage": "Trained", "options": {"seed": 42, "lora_r": 8}, "testing": {"suite": "math", "do_test": true}}
        """;
}
