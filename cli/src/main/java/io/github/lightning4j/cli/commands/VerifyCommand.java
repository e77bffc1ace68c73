package io.github.lightning4j.cli.commands;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.options.DeviceOptions;
import io.github.lightning4j.cli.options.SeedOption;
import io.github.lightning4j.results.text.Numbers;
import io.github.lightning4j.results.text.Table;

import me.tongfei.progressbar.ProgressBar;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code lightning verify}: a grid of cases on a device against the float64 definition. */
@Command(
        name = "verify",
        header = "Compare a device with the float64 definition on a grid of cases.",
        description =
                "Prints the worst error of each group against its gate; exit code 1 if one fails.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  lightning verify",
            "  lightning verify --device cpu:scalar",
            "  lightning verify --json | jq .passed",
        })
public final class VerifyCommand implements Callable<Integer> {
    @Mixin private Console console = new Console();
    @Mixin private DeviceOptions device = new DeviceOptions();

    @Mixin private SeedOption seed = new SeedOption();

    /**
     * The result.
     *
     * @param device id of the device
     * @param passed whether every group passed
     * @param groups the groups of cases
     */
    record Report(String device, boolean passed, List<Group> groups) {}

    /**
     * A group of cases and its worst comparison of one kind: the one closest to or furthest past
     * its gate.
     *
     * @param group what its cases have in common
     * @param what output or final_state
     * @param cases how many there are
     * @param worst the case, in words
     * @param error its relative L2 error
     * @param gate its gate
     * @param passed error ≤ gate
     */
    record Group(
            String group,
            String what,
            int cases,
            String worst,
            double error,
            double gate,
            boolean passed) {}

    @Override
    public Integer call() throws Exception {
        try (LightningAttention attention = device.open(AttentionConfig.builder(1, 1).build())) {
            console.notices(attention);
        }
        VerifyGrid grid = new VerifyGrid(seed.value());
        Map<String, Group> groups = new LinkedHashMap<>();
        String id = "";
        try (ProgressBar progress = console.progress("verifying", grid.cases().size(), " cases")) {
            for (VerifyGrid.Case tried : grid.cases()) {
                VerifyGrid.Outcome outcome = grid.run(tried, device);
                id = outcome.device();
                for (Check check : outcome.checks()) {
                    groups.merge(
                            tried.group() + "\t" + check.what(),
                            group(tried, check),
                            VerifyCommand::worse);
                }
                progress.step();
            }
        }
        List<Group> rows = new ArrayList<>(groups.values());
        boolean passed = rows.stream().allMatch(Group::passed);
        console.result(new Report(id, passed, rows), text(id, rows, passed));
        return passed ? ExitCode.OK : ExitCode.CHECK_FAILED;
    }

    private static Group group(VerifyGrid.Case tried, Check check) {
        return new Group(
                tried.group(),
                check.what(),
                1,
                tried.name(),
                check.error(),
                check.gate(),
                check.passed());
    }

    private static Group worse(Group a, Group b) {
        // NaN compares as larger than anything: it is the worst.
        boolean second = Double.compare(b.error / b.gate, a.error / a.gate) > 0;
        Group worst = second ? b : a;
        return new Group(
                worst.group,
                worst.what,
                a.cases + b.cases,
                worst.worst,
                worst.error,
                worst.gate,
                a.passed && b.passed);
    }

    private static String text(String id, List<Group> groups, boolean passed) {
        Table table = new Table("GROUP", "WHAT", "CASES", "WORST ERROR", "GATE", "", "WORST CASE");
        for (Group group : groups) {
            table.row(
                    group.group,
                    group.what,
                    Integer.toString(group.cases),
                    Numbers.error(group.error),
                    Numbers.error(group.gate),
                    group.passed ? "ok" : "FAILED",
                    group.worst);
        }
        return "%s%n%n%s%n%s".formatted(id, table, passed ? "all passed" : "FAILED");
    }
}
