package io.github.lightning4j.cpu.arithmetic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.DType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;

class ConversionTest {
    static List<String> kernels() {
        return KernelLookup.instance().names();
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void bfloat16IsRoundedToNearestWithTiesToEvenAndKeepsNaN(String name) {
        SplittableRandom random = new SplittableRandom(16);
        int[] special = {
            0x00000000, 0x80000000, 0x7f800000, 0xff800000, 0x7f800001, 0xffffffff, 0x7f7fffff,
            0x3f808000, 0x3f818000, 0x3f808001, 0x3f807fff, 0x00000001, 0x00008000, 0x7fc00000
        };
        float[] x = new float[1003];
        for (int i = 0; i < x.length; i++) {
            x[i] = Float.intBitsToFloat(i < special.length ? special[i] : random.nextInt());
        }
        short[] stored = new short[x.length];
        KernelLookup.instance()
                .named(name)
                .orElseThrow()
                .elements()
                .store(x, 0, x.length, DType.BF16, MemorySegment.ofArray(stored), 0);
        for (int i = 0; i < x.length; i++) {
            assertEquals(DType.floatToBFloat16(x[i]), stored[i], name + ": " + x[i]);
        }
    }
}
