package io.github.lightning4j.cli.commands;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Decay;
import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.options.DecayConverter;
import io.github.lightning4j.cli.options.HeadOptions;
import io.github.lightning4j.results.text.Table;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code lightning slopes}: what a decay is in numbers. */
@Command(
        name = "slopes",
        header = "Print the slopes of a decay, to compare them with a checkpoint's.",
        description =
                "A head with slope s forgets by lambda = exp(-s) a token. Slopes are float32, each"
                        + " printed so that it reads back as the same number.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  lightning slopes --decay alibi --heads 8",
            "  lightning slopes --decay transformers:3/32 --heads 64 --json",
        })
public final class SlopesCommand implements Callable<Integer> {
    @Mixin private Console console = new Console();
    @Mixin private HeadOptions heads = new HeadOptions();

    /**
     * The result.
     *
     * @param decay where the slopes come from
     * @param heads H
     * @param slopes s of each head
     * @param lambdas exp(−s) of each head
     */
    record Listing(String decay, int heads, List<Float> slopes, List<Double> lambdas) {}

    @Override
    public Integer call() throws Exception {
        Decay given = heads.decay();
        Decay decay = given == null ? new Decay.Alibi() : given;
        // A configuration checks heads and slopes as it does where they are computed with.
        float[] slopes = AttentionConfig.builder(heads.heads(), 1).decay(decay).build().slopes();
        List<Float> all = new ArrayList<>();
        List<Double> lambdas = new ArrayList<>();
        Table table = new Table("HEAD", "SLOPE", "LAMBDA");
        for (int h = 0; h < slopes.length; h++) {
            double lambda = Math.exp(-slopes[h]);
            all.add(slopes[h]);
            lambdas.add(lambda);
            table.row(Integer.toString(h), Float.toString(slopes[h]), Double.toString(lambda));
        }
        console.result(
                new Listing(DecayConverter.format(decay), slopes.length, all, lambdas),
                table.toString());
        return ExitCode.OK;
    }
}
