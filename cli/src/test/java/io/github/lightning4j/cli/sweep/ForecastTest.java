package io.github.lightning4j.cli.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A call of 2 s at 1,024 tokens takes so long, and holds so much, at 8,192. */
class ForecastTest {
    private static Forecast forecast(Algorithm algorithm, long batch, long totalTokens) {
        AttentionConfig config = AttentionConfig.builder(4, 64).algorithm(algorithm).build();
        return new Forecast(config, 2, n -> batch == 0 ? totalTokens / n : batch);
    }

    @ParameterizedTest
    @CsvSource({"SOFTMAX, 128", "LEFT_PRODUCT, 128", "RIGHT_PRODUCT, 16", "LIGHTNING_2, 16"})
    void withOneBatchEachTokenIsOneMore(Algorithm algorithm, double seconds) {
        Forecast forecast = forecast(algorithm, 3, 0);
        Forecast.Call call = new Forecast.Call(3, 1024, 2);
        assertEquals(seconds, forecast.seconds(8192, call), 1e-9);
        assertEquals(2.0 * (64 + 64) * 4 * 3 * 8192 * 2, forecast.tensorBytes(8192));
    }

    @ParameterizedTest
    @CsvSource({"SOFTMAX, 16", "LEFT_PRODUCT, 16", "RIGHT_PRODUCT, 2", "LIGHTNING_2, 2"})
    void withOneNumberOfTokensOnlyWhatATokenLooksAtGrows(Algorithm algorithm, double seconds) {
        Forecast forecast = forecast(algorithm, 0, 1 << 18);
        Forecast.Call call = new Forecast.Call(256, 1024, 2);
        assertEquals(seconds, forecast.seconds(8192, call), 1e-9);
        assertEquals(2.0 * (64 + 64) * 4 * (1 << 18) * 2, forecast.tensorBytes(8192));
        assertEquals(forecast.tensorBytes(1024), forecast.tensorBytes(8192));
    }

    @ParameterizedTest
    @CsvSource({"SOFTMAX, 8", "RIGHT_PRODUCT, 2"})
    void aCallOfOneSequenceTellsWhatManyTake(Algorithm algorithm, double seconds) {
        Forecast forecast = forecast(algorithm, 0, 1 << 18);
        Forecast.Call call = new Forecast.Call(1, 1024, 2.0 / 256);
        assertEquals(seconds, forecast.seconds(4096, call), 1e-9);
    }
}
