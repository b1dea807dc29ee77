using System.Runtime.CompilerServices;
using LoNas.Cli.Output;

namespace LoNas.Tests.Support;

/// <summary>Lines to copy that this process prints begin as for users, not with the tests' program.</summary>
internal static class CalledProgram
{
    [ModuleInitializer]
    internal static void Name() => Environment.SetEnvironmentVariable(ProgramCall.Variable, "./lonas");
}
