package io.github.lightning4j.cli.commands;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.cli.checks.SyntheticTensors;
import io.github.lightning4j.cli.options.DecayConverter;
import io.github.lightning4j.cli.options.TokenCount;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine.TypeConversionException;

import java.lang.foreign.Arena;
import java.util.stream.DoubleStream;

class OptionFormsTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "4096, 4096", "4k, 4096", "2M, 2097152", "1g, 1073741824"})
    void countsMayHaveABinarySuffix(String text, long count) {
        assertEquals(count, new TokenCount().convert(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "k", "-1", "4kk", "1.5k", "9999999999g", "four"})
    void whatIsNoCountIsRefused(String text) {
        assertThrows(TypeConversionException.class, () -> new TokenCount().convert(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "none",
                "alibi",
                "retention",
                "alibi:3/32",
                "transformers:0/1",
                "paper:31/32",
                "0.5,0.25"
            })
    void aDecayIsWrittenAsItIsRead(String text) {
        assertEquals(text, DecayConverter.format(new DecayConverter().convert(text)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "alib", "alibi:3", "alibi:32/32", "rope:1/2", "1,", "1,-2", "nan"})
    void whatIsNoDecayIsRefused(String text) {
        assertThrows(TypeConversionException.class, () -> new DecayConverter().convert(text));
    }

    @Test
    void manySlopesAreCutShort() {
        String text = DecayConverter.format(new Decay.Slopes(new float[100]));
        assertEquals("0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,… (100 slopes)", text);
    }

    @Test
    void syntheticTensorsAreStandardNormalAndTheSameForTheSameSeed() {
        AttentionConfig config = AttentionConfig.builder(2, 64).build();
        try (Arena arena = Arena.ofShared()) {
            AttentionInputs a = new SyntheticTensors(arena, 5).inputs(config, DType.F32, 1, 2000);
            AttentionInputs b = new SyntheticTensors(arena, 5).inputs(config, DType.F32, 1, 2000);
            double[] q = a.q().toDoubleArray();
            assertArrayEquals(q, b.q().toDoubleArray());
            assertArrayEquals(a.v().toDoubleArray(), b.v().toDoubleArray());
            assertEquals(0, DoubleStream.of(q).average().orElseThrow(), 0.01);
            assertEquals(1, DoubleStream.of(q).map(x -> x * x).average().orElseThrow(), 0.02);
            double[] k = a.k().toDoubleArray();
            double product = 0;
            for (int i = 0; i < q.length; i++) {
                product += q[i] * k[i];
            }
            assertEquals(0, product / q.length, 0.01, "q and k must be independent");
        }
    }

    @Test
    void tolerancesAreParts() {
        CompareCommand.ToleranceConverter converter = new CompareCommand.ToleranceConverter();
        assertEquals(0.1, converter.convert("10%"));
        assertEquals(0.05, converter.convert("0.05"));
        assertThrows(TypeConversionException.class, () -> converter.convert("10"));
        assertThrows(TypeConversionException.class, () -> converter.convert("much"));
    }
}
