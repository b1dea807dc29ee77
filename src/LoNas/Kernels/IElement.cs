using System.Runtime.Intrinsics;

namespace LoNas.Kernels;

/// <summary>An element type of tensors as kernels see it: read and written as float32, sixteen at a time or one.</summary>
/// <typeparam name="T">The type in memory.</typeparam>
internal unsafe interface IElement<T>
    where T : unmanaged
{
    static abstract Vector512<float> Load(T* source);

    static abstract void Store(Vector512<float> values, T* target);

    static abstract float LoadOne(T* source);

    static abstract void StoreOne(float value, T* target);

    /// <summary>The value after a trip through memory.</summary>
    static abstract Vector512<float> Round(Vector512<float> values);

    static abstract float RoundOne(float value);
}
