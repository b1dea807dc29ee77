using LoNas.Tests.Cli.Chat;
using LoNas.Tests.Cli.Evaluate;
using LoNas.Tests.Cli.Extract;
using LoNas.Tests.Cli.Ranks;
using LoNas.Tests.Cli.Search;
using LoNas.Tests.Cli.Train;
using LoNas.Tests.Data.Records;
using LoNas.Tests.Distributed;
using LoNas.Tests.Export;
using LoNas.Tests.FieldCases;
using LoNas.Tests.Hub;
using LoNas.Tests.Support;
using LoNas.Tests.Training;
using LoNas.Tests.Training.Windows;

namespace LoNas.Tests.Cli;

/// <summary>
/// The table of docs/errors.md: each row is bad input of <see cref="ErrorCases"/>, or of a test elsewhere that is named
/// here, and ends with the message that the row gives. Both are held against the row's own text by
/// <see cref="ErrorTable"/>.
/// </summary>
public sealed class ErrorTableTests
{
    /// <summary>Rows that need more than a line: a trained adapter, a search, another process.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["unknown command of a chat"] =
            $"{nameof(ChatTests)}.{nameof(ChatTests.Chat_LineThatCannotBe_EndsAPipe)}",
        ["sub-adapter that a chat does not know"] =
            $"{nameof(ChatTests)}.{nameof(ChatTests.Chat_LineThatCannotBe_EndsAPipe)}",
        ["saving a chat"] = $"{nameof(ChatTests)}.{nameof(ChatTests.Chat_Save_ReplacesNothing)}",
        ["piped text that is not UTF-8"] =
            $"{nameof(ChatTests)}.{nameof(ChatTests.Chat_BytesThatAreNoText_AreRefused)}",
        ["answers that a template does not let be found"] =
            $"{nameof(RecordEncoderTests)}."
            + $"{nameof(RecordEncoderTests.Encode_TemplateThatRendersBeginningsOtherwise_SaysSo)}",
        ["call of a tool that the template leaves out"] =
            $"{nameof(RecordEncoderTests)}.{nameof(RecordEncoderTests.Encode_CallThatTheTemplateDrops_IsRefused)}",
        ["output folder that is a folder of the data"] =
            $"{nameof(TrainCommandTests)}.{nameof(TrainCommandTests.Train_OutputIsTheFolderOfTheData_IsRefused)}",
        ["adapter whose records were read in a way that is not known"] =
            $"{nameof(TrainCommandTests)}."
            + $"{nameof(TrainCommandTests.Evaluate_ManifestThatSaysWhatIsNotKnown_IsRefused)}",
        ["windows of a document that leave tokens out"] =
            $"{nameof(TrainCommandTests)}."
            + $"{nameof(TrainCommandTests.Evaluate_DocumentInWindows_CountsEveryTokenOnceWhateverTheStride)}",
        ["GGUF of what llama.cpp has no place for"] =
            $"{nameof(ModernGgufTests)}.{nameof(ModernGgufTests.Export_WhatLlamaCppHasNoPlaceFor_RefusedByName)}",
        ["layer that the model does not have"] =
            $"{nameof(TargetLimitTests)}.{nameof(TargetLimitTests.RunMath_LimitThatCannotBe_IsRefused)}",
        ["limits that leave no layer"] =
            $"{nameof(TargetLimitTests)}.{nameof(TargetLimitTests.RunMath_LimitThatCannotBe_IsRefused)}",
        ["numbers of layers beside a pattern"] =
            $"{nameof(TargetLimitTests)}.{nameof(TargetLimitTests.RunMath_LimitThatCannotBe_IsRefused)}",
        ["numbers of layers that are none"] =
            $"{nameof(TargetLimitTests)}.{nameof(TargetLimitTests.RunMath_LimitThatCannotBe_IsRefused)}",
        ["pattern that .NET has not"] =
            $"{nameof(TargetLimitTests)}.{nameof(TargetLimitTests.RunMath_LimitThatCannotBe_IsRefused)}",
        ["excluded name that excludes nothing"] =
            $"{nameof(TargetLimitTests)}.{nameof(TargetLimitTests.RunMath_NameThatExcludesNothing_IsTold)}",
        ["adapter with numbers of layers beside a pattern"] =
            $"{nameof(AdapterTargetTests)}.{nameof(AdapterTargetTests.Generate_TargetsThatCannotBe_AreRefused)}",
        ["pattern that takes too long"] =
            $"{nameof(AdapterTargetTests)}.{nameof(AdapterTargetTests.Generate_TargetsThatCannotBe_AreRefused)}",
        ["checkpoint of an earlier version with dropout"] =
            $"{nameof(LongerTrainingTests)}."
            + $"{nameof(LongerTrainingTests.Run_CheckpointOfAnEarlierVersionThatDrewOtherwise_IsRefused)}",
        ["fewer micro-batches than ranks"] =
            $"{nameof(RankedRunTests)}.{nameof(RankedRunTests.New_MoreRanksThanMicroBatches_SaysSo)}",
        ["ranks that round differently"] =
            $"{nameof(AccumulationWindowTests)}."
            + $"{nameof(AccumulationWindowTests.Collect_RanksWithOtherParameters_NamesTheFirst)}",
        ["labels that are not trained"] =
            $"{nameof(ClassifierFolderTests)}."
            + $"{nameof(ClassifierFolderTests.RunGlue_SeveralLabelsATextInTheBase_RefusedBeforeAnythingIsWritten)}",
        ["adapter of a task with other labels"] =
            $"{nameof(ClassifierFolderTests)}."
            + $"{nameof(ClassifierFolderTests.RunGlue_AdapterOfAnotherTask_RefusedWithBothNumbers)}",
        ["adapter with numbers that are not finite"] =
            $"{nameof(NotFiniteAdapterTests)}.{nameof(NotFiniteAdapterTests.Generate_OtherKinds_NameTheTensor)}",
        ["scaling of an adapter"] =
            $"{nameof(NotFiniteAdapterTests)}.{nameof(NotFiniteAdapterTests.Generate_AlphaPattern_IsLookedAtToo)}",
        ["merged weights beyond their type"] =
            $"{nameof(NotFiniteAdapterTests)}."
            + $"{nameof(NotFiniteAdapterTests.Merge_SumThatFloat16DoesNotHold_IsRefused)}",
        ["adapter manifest of another adapter"] =
            $"{nameof(ForeignManifestTests)}.{nameof(ForeignManifestTests.Generate_SharedManifest_IsRefused)}",
        ["adapter manifest of another model"] =
            $"{nameof(ForeignManifestTests)}.{nameof(ForeignManifestTests.Generate_SharedManifest_IsRefused)}",
        ["adapter manifest of a newer version"] =
            $"{nameof(ForeignManifestTests)}.{nameof(ForeignManifestTests.Generate_VersionOfTheFuture_IsTold)}",
        ["adapter manifest written beside other weights"] =
            $"{nameof(ForeignManifestTests)}.{nameof(ForeignManifestTests.Generate_WeightsOfAnotherRun_AreTold)}",
        ["hole in the weights"] =
            $"{nameof(SafetensorsHoleTests)}.{nameof(SafetensorsHoleTests.Generate_SharedModel_IsRefused)}",
        ["pipe or device in place of a file"] =
            $"{nameof(EndlessInputTests)}.{nameof(EndlessInputTests.Run_PipeByALink_IsRefusedAtOnce)}",
        ["edited journal of a search"] =
            $"{nameof(EditedJournalTests)}.{nameof(EditedJournalTests.Run_EditedLine_IsRefusedByItsNumber)}",
        ["number that is too large"] =
            $"{nameof(SmallInputMessageTests)}.{nameof(SmallInputMessageTests.Run_TooLargeANumber_IsInTheTable)}",
        ["edited state of a checkpoint"] =
            $"{nameof(SmallInputMessageTests)}."
            + $"{nameof(SmallInputMessageTests.Resume_EditedStateOfAnEarlierVersion_NamesTheFile)}",
        ["hub that does not answer"] =
            $"{nameof(EndlessInputTests)}.{nameof(EndlessInputTests.Run_SilentHub_EndsInTime)}",
        ["reference of the cache that is no commit"] =
            $"{nameof(HubCacheTests)}.{nameof(HubCacheTests.Generate_ReferenceThatIsAPath_IsRefused)}",
        ["ranges in the weights"] =
            $"{nameof(BadInputTests)}.{nameof(BadInputTests.Run_OverlappingRanges_NamesTheTensors)}",
        ["pickle that calls something"] =
            $"{nameof(BadInputTests)}.{nameof(BadInputTests.Run_PickleThatCallsAProgram_RunsNothing)}",
        ["configuration that differs from the adapter's"] =
            $"{nameof(BadInputTests)}.{nameof(BadInputTests.Run_ConfigurationThatDisagreesWithTheAdapters_IsRefused)}",
        ["sub-adapter file"] =
            $"{nameof(BadInputTests)}.{nameof(BadInputTests.Run_UnknownWidthInSubAdapterFile_NamesGroupWidthAndList)}",
        ["model that is not in the cache, offline"] =
            $"{nameof(HubEnvironmentTests)}."
            + $"{nameof(HubEnvironmentTests.Generate_OfflineWithoutTheModel_SaysWhatDecided)}",
        ["journal of another search"] =
            $"{nameof(SearchResumeTests)}.{nameof(SearchResumeTests.Run_JournalOfAnotherSearch_NamesTheDifference)}",
        ["loss that is not a number"] =
            $"{nameof(SearchErrorTests)}.{nameof(SearchErrorTests.Run_LossThatIsNoNumber_IsNamed)}",
        ["front in place of a sub-adapter"] =
            $"{nameof(SearchErrorTests)}.{nameof(SearchErrorTests.Run_FrontWithoutThatEntry_IsNamed)}",
        ["front without that entry"] =
            $"{nameof(SearchErrorTests)}.{nameof(SearchErrorTests.Run_FrontWithoutThatEntry_IsNamed)}",
        ["no sub-adapter within the limits"] =
            $"{nameof(SearchErrorTests)}.{nameof(SearchErrorTests.Run_NoEntryWithinTheLimits_IsNamed)}",
        ["journal of another test"] =
            $"{nameof(ResumedTestTests)}."
            + $"{nameof(ResumedTestTests.Run_AnotherTestUnderWay_IsRefusedByNameUnlessOverwritten)}",
        ["checkpoint damaged"] =
            $"{nameof(ResumedTrainingTests)}."
            + $"{nameof(ResumedTrainingTests.Run_NewestCheckpointDamaged_IsNamedAndTheOneBeforeUsed)}",
        ["optimiser state of another version"] =
            $"{nameof(ResumedTrainingTests)}.{nameof(ResumedTrainingTests.Run_OptimizerOfAnotherVersion_SaysWhatToDo)}",
        ["output folder can't be written"] =
            $"{nameof(FolderLockTests)}.{nameof(FolderLockTests.Run_FolderThatCannotBeWritten_IsRefused)}",
        ["output folder of a run that is trained further"] =
            $"{nameof(LongerTrainingTests)}.{nameof(LongerTrainingTests.Run_LessThanIsTrained_IsRefused)}",
        ["finished run without a checkpoint"] =
            $"{nameof(LongerTrainingTests)}."
            + $"{nameof(LongerTrainingTests.Run_NoCheckpointKept_SaysHowToGoOnAndThatWorks)}",
        ["start of a training in its output folder"] =
            $"{nameof(StartAdapterTests)}.{nameof(StartAdapterTests.Run_OutputInTheStartsOwnFolder_IsRefused)}",
        ["flag that contradicts the adapter that is trained on"] =
            $"{nameof(StartAdapterTests)}.{nameof(StartAdapterTests.Run_FlagThatContradictsTheAdapter_IsRefused)}",
        ["checkpoint of a run with other options"] =
            $"{nameof(NamedCheckpointTests)}."
            + $"{nameof(NamedCheckpointTests.Run_CheckpointOfOtherDataOrOptions_IsRefusedByName)}",
        ["checkpoint past the end of the run"] =
            $"{nameof(NamedCheckpointTests)}.{nameof(NamedCheckpointTests.Run_CheckpointPastTheEnd_IsRefused)}",
        ["checkpoint of Hugging Face's Trainer"] =
            $"{nameof(NamedCheckpointTests)}.{nameof(NamedCheckpointTests.Run_SomethingElseNamed_SaysWhatItIs)}",
        ["trained adapter in place of a checkpoint"] =
            $"{nameof(NamedCheckpointTests)}.{nameof(NamedCheckpointTests.Run_SomethingElseNamed_SaysWhatItIs)}",
        ["folder without a checkpoint"] =
            $"{nameof(NamedCheckpointTests)}.{nameof(NamedCheckpointTests.Run_SomethingElseNamed_SaysWhatItIs)}",
        ["folder of a run in place of a checkpoint"] =
            $"{nameof(NamedCheckpointTests)}."
            + $"{nameof(NamedCheckpointTests.Run_FolderOfARunNamed_NamesItsNewestCheckpoint)}",
        ["output file that exists"] =
            $"{nameof(KeptFilesTests)}.{nameof(KeptFilesTests.Program_ExistingOutput_StaysUnlessOverwritten)}",
        ["output file that appears meanwhile"] =
            $"{nameof(KeptFilesTests)}.{nameof(KeptFilesTests.Write_FileThatAppearsMeanwhile_Stays)}",
        ["output file that is read"] =
            $"{nameof(KeptFilesTests)}.{nameof(KeptFilesTests.Program_OutputIsInput_StaysEvenIfOverwritten)}",
        ["folder with other files to be replaced"] =
            $"{nameof(ReplacedFolderTests)}."
            + $"{nameof(ReplacedFolderTests.Program_FolderWithOtherFiles_StaysEvenIfOverwritten)}",
        ["output folder that is read"] =
            $"{nameof(ReplacedFolderTests)}."
            + $"{nameof(ReplacedFolderTests.Extract_FolderThatIsRead_StaysEvenIfOverwritten)}",
        ["file in the place of an output folder"] =
            $"{nameof(ReplacedFolderTests)}."
            + $"{nameof(ReplacedFolderTests.Program_FileInThePlaceOfTheFolder_Stays)}",
        ["extract without an adapter"] =
            $"{nameof(ReplacedFolderTests)}.{nameof(ReplacedFolderTests.Extract_WithoutAnAdapter_IsRefused)}",
        ["checkpoint of another program in the way"] =
            $"{nameof(KeptResultsTests)}."
            + $"{nameof(KeptResultsTests.Train_OverACheckpointOfAnotherProgram_IsRefusedAtTheStart)}",
        ["something in the place of a result"] =
            $"{nameof(KeptResultsTests)}."
            + $"{nameof(KeptResultsTests.Train_OverSomethingInItsPlaces_IsRefusedAtTheStart)}",
        ["figures that can't be merged"] =
            $"{nameof(KeptResultsTests)}."
            + $"{nameof(KeptResultsTests.Train_OverDamagedFigures_IsRefusedAtTheStart)}",
        ["output folder in use"] =
            $"{nameof(FolderLockTests)}.{nameof(FolderLockTests.Run_FolderHeld_EveryCommandIsRefusedAndWritesNothing)}",
        ["output folder in use by workers"] =
            $"{nameof(SharedSearchCommandTests)}."
            + $"{nameof(SharedSearchCommandTests.Search_FolderOfWorkers_IsNoOneElses)}",
        ["worker in the folder of a run that works alone"] =
            $"{nameof(SharedSearchCommandTests)}."
            + $"{nameof(SharedSearchCommandTests.Search_FolderOfWorkers_IsNoOneElses)}",
        ["workers that meet nowhere"] =
            $"{nameof(SharedSearchCommandTests)}."
            + $"{nameof(SharedSearchCommandTests.Search_WorkersThatCannotBe_AreRefused)}",
        ["password in an address"] =
            $"{nameof(SharedSearchCommandTests)}."
            + $"{nameof(SharedSearchCommandTests.Search_WorkersThatCannotBe_AreRefused)}",
        ["database that can't be used"] =
            $"{nameof(SharedSearchCommandTests)}."
            + $"{nameof(SharedSearchCommandTests.Search_WorkersThatCannotBe_AreRefused)}",
        ["connection string in place of an address"] =
            $"{nameof(SharedSearchCommandTests)}."
            + $"{nameof(SharedSearchCommandTests.Search_WorkersThatCannotBe_AreRefused)}",
        ["right that is missing in a database"] =
            $"{nameof(SharedSearchCommandTests)}."
            + $"{nameof(SharedSearchCommandTests.Search_DatabaseWithoutARight_IsRefused)}",
        ["edited row of a search in a database"] =
            $"{nameof(SharedSearchCommandTests)}."
            + $"{nameof(SharedSearchCommandTests.Search_DatabaseWithAnEditedRow_IsRefusedByItsName)}",
        ["workers that would start again"] =
            $"{nameof(SharedSearchCommandTests)}."
            + $"{nameof(SharedSearchCommandTests.Search_WorkersThatCannotBe_AreRefused)}",
        ["status of a folder without work"] =
            $"{nameof(SharedSearchCommandTests)}."
            + $"{nameof(SharedSearchCommandTests.Status_FolderWithoutWork_IsRefused)}",
        ["too little disk expected"] =
            $"{nameof(FullDiskTests)}.{nameof(FullDiskTests.Train_TooSmallDisk_IsRefusedBeforeAnythingIsWritten)}",
        ["disk full"] =
            $"{nameof(FullDiskTests)}.{nameof(FullDiskTests.Test_FullWhileAResponseIsWritten_KeepsTheOthersAndGoesOn)}",
        ["GGUF of a folder without a tokenizer"] =
            $"{nameof(ExportTests)}.{nameof(ExportTests.Export_FolderWithoutATokenizer_NamesWhatAGgufNeeds)}",
        ["output that can't be written"] =
            $"{nameof(CommandWordsTests)}.{nameof(CommandWordsTests.Run_PlaceThatCannotBeWritten_IsNamedAsGiven)}",
        ["adapter of a base with more tokens"] =
            $"{nameof(PeftExtrasTests)}.{nameof(PeftExtrasTests.Generate_MoreRowsThanTheBase_IsTheRowsMessage)}",
        ["adapter of an embedding that is no target"] =
            $"{nameof(PeftExtrasTests)}."
            + $"{nameof(PeftExtrasTests.Generate_AdapterOfAnEmbeddingThatIsNoTarget_IsRefused)}",
        ["several adapters in one file"] =
            $"{nameof(PeftExtrasTests)}.{nameof(PeftExtrasTests.Generate_NamesWithAndWithoutTheStart_NamesBoth)}",
        ["output below a file"] = $"{nameof(ExportTests)}.{nameof(ExportTests.Export_OutputInAFile_Refused)}",
        ["data set of the hub with several sets"] =
            $"{nameof(HubDataSetTests)}.{nameof(HubDataSetTests.Find_SeveralSets_IsInTheTable)}",
        ["no NCCL library"] =
            $"{nameof(NcclTests)}.{nameof(NcclTests.Load_NoLibrary_NamesThoseThatWereSought)}",
        ["no MPI library"] =
            $"{nameof(MpiLibraryTests)}.{nameof(MpiLibraryTests.Load_NoLibrary_NamesThoseThatWereSought)}",
        ["LONAS_MPI without an MPI"] =
            $"{nameof(RankRunTests)}.{nameof(RankRunTests.BenchRanks_LibraryThatIsNone_IsInTheTable)}",
        ["MPI that is not the launcher's"] =
            $"{nameof(RankRunTests)}.{nameof(RankRunTests.BenchRanks_LibraryOfAnotherMpi_IsRefusedWithBothNumbers)}",
        ["ranks that work on different things"] =
            $"{nameof(RankRunTests)}.{nameof(RankRunTests.BenchRanks_OneRankWithOtherOptions_IsNamedOnce)}",
        ["rank that fails"] =
            $"{nameof(RankRunTests)}.{nameof(RankRunTests.BenchRanks_ErrorOfOneRank_IsToldOnceWithItsName)}",
        ["rank that hangs"] =
            $"{nameof(RankRunTests)}.{nameof(RankRunTests.BenchRanks_ARankHangs_TheOthersEndAllInTime)}",
        ["LONAS_LIBTORCH without a libtorch"] =
            $"{nameof(ExistingLibtorchRunTests)}."
            + $"{nameof(ExistingLibtorchRunTests.Run_FolderWithoutLibtorch_IsRefused)}",
        ["LONAS_LIBTORCH with a libtorch that can't be used"] =
            $"{nameof(ExistingLibtorchRunTests)}."
            + $"{nameof(ExistingLibtorchRunTests.Run_LibtorchThatLacksALibrary_IsRefusedByItsName)}",
        ["no libtorch"] =
            $"{nameof(ExistingLibtorchRunTests)}."
            + $"{nameof(ExistingLibtorchRunTests.Run_BuildWithoutLibtorch_SaysWhatToDo)}",
        ["memory used up"] = $"{nameof(ResourceTests)}.{nameof(ResourceTests.Run_LibtorchHasNoMemory_SaysWhatToDo)}",
    };

    public static TheoryData<string> Names => [.. ErrorCases.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_BadInput_GivesTheRowsMessageAndCode(string name)
    {
        using var sample = new SampleRun();

        var run = CliRun.Of(ErrorCases.All[name](sample));

        ErrorTable.Require(name, run.ExitCode, run.Error);
    }

    [Fact]
    public void Table_EveryRow_HasItsTest()
    {
        var rows = ErrorTable.Rows().Select(row => row.Name).ToArray();

        Assert.Equal(rows.Length, rows.Distinct().Count());
        Assert.Equal(rows.Order(), ErrorCases.All.Keys.Concat(Elsewhere.Keys).Order());
    }
}
