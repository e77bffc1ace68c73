package io.github.lightning4j.cli.commands;

import io.github.lightning4j.Device;
import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.console.UsageException;
import io.github.lightning4j.cli.measure.GenerateReport;
import io.github.lightning4j.cli.measure.HostMemory;
import io.github.lightning4j.cli.options.CommandFiles;
import io.github.lightning4j.cli.options.GenerationOptions;
import io.github.lightning4j.cli.options.PromptOptions;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.models.Conversation;
import io.github.lightning4j.models.Conversations;
import io.github.lightning4j.models.Generation;
import io.github.lightning4j.models.HybridModel;
import io.github.lightning4j.models.RestoredConversation;
import io.github.lightning4j.results.text.Numbers;

import me.tongfei.progressbar.ProgressBar;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/** {@code lightning generate}: ids in, ids out, of a model in a folder. */
@Command(
        name = "generate",
        header = "Continue token ids with a model from a folder of safetensors.",
        description = {
            "Prints the ids that the model chooses. Turning text into ids and back is for a"
                    + " tokenizer, which is not part of this.",
            "The first run includes the time in which the JVM compiles; --repeat measures without."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lightning generate --model DIR --ids 1,2,3",
            "  lightning generate --model DIR --ids 1,2,3 --tokens 256 --temperature 0.8 --top-p"
                    + " 0.95",
            "  tokenize book.txt | lightning generate --model DIR --prompt-file -",
            "  lightning generate --model DIR --ids 1,2,3 --save chat.safetensors",
            "  lightning generate --model DIR --resume chat.safetensors --ids 7,8,9",
            "  lightning generate --model DIR --ids 1,2,3 --repeat 5 --json",
        })
public final class GenerateCommand implements Callable<Integer> {
    @Mixin private Console console = new Console();

    @Option(
            names = "--model",
            paramLabel = "DIR",
            required = true,
            description = "Folder with config.json and model.safetensors, in one file or several.")
    private Path model = Path.of("");

    @Mixin private PromptOptions prompt = new PromptOptions();
    @Mixin private GenerationOptions options = new GenerationOptions();

    @Option(
            names = "--repeat",
            paramLabel = "COUNT",
            defaultValue = "1",
            description =
                    "Generate so many times, each in a new conversation; times are those of the"
                            + " last (default: ${DEFAULT-VALUE}).")
    private int repeat;

    @Option(
            names = "--resume",
            paramLabel = "FILE",
            description =
                    "Go on from a conversation that --save wrote with the same model. The prompt"
                            + " comes behind it, and need not be there.")
    private @Nullable Path resume;

    @Option(
            names = "--save",
            paramLabel = "FILE",
            description =
                    "Write the conversation to a file afterwards, so that it can go on without"
                            + " computing it again; may be that of --resume.")
    private @Nullable Path save;

    /** One run: what was chosen, and when. */
    private static final class Run {
        final List<Integer> chosen = new ArrayList<>();
        final long start = System.nanoTime();
        long first;
        long last;

        void take(int id) {
            last = System.nanoTime();
            if (chosen.isEmpty()) {
                first = last;
            }
            chosen.add(id);
        }
    }

    @Override
    public Integer call() throws Exception {
        if (repeat < 1) {
            throw new UsageException("--repeat is " + repeat + "; it must be at least 1");
        }
        options.generation(Set.of()); // before anything is opened
        int[] ids = prompt.ids();
        if (ids.length == 0 && resume == null) {
            throw new UsageException("there is no prompt; give --ids or --prompt-file");
        }
        checkSave();
        try (HybridModel opened = HybridModel.open(model, options.threads());
                Conversations conversations = Conversations.open(opened, options.conversations())) {
            // What may be wrong is seen before the weights are read, which may take minutes.
            if (ids.length > 0) {
                opened.check(ids);
            }
            RestoredConversation begun = begin(conversations, ids);
            load(opened);
            if (!conversations.notices().isEmpty()) {
                console.notice(
                        "on "
                                + device(conversations)
                                + "; "
                                + String.join("; ", conversations.notices())
                                + "; see 'lightning devices'");
            }
            for (int i = 1; i < repeat; i++) {
                run(opened, conversations, begun, ids, null);
                begun = begin(conversations, ids);
            }
            GenerateReport report = run(opened, conversations, begun, ids, save);
            console.result(report.fields(), report.text());
            return ExitCode.OK;
        }
    }

    /** Reads the weights where memory can hold them; without them the first tokens would wait. */
    private void load(HybridModel opened) {
        long bytes = opened.weightBytes();
        if (bytes > HostMemory.available().orElse(Long.MAX_VALUE)) {
            console.notice(
                    "the weights, "
                            + Numbers.bytes(bytes)
                            + ", are larger than free memory; they are read as they are needed");
            return;
        }
        console.remark("reading " + Numbers.bytes(bytes) + " of weights");
        try (ProgressBar progress = console.progress("reading weights", bytes >> 20, " MiB")) {
            opened.load(done -> progress.stepTo(done >> 20));
        }
    }

    private static String device(Conversations conversations) {
        return conversations.device().map(Device::id).orElse("none");
    }

    private void checkSave() throws IOException {
        new CommandFiles().writing("--save", save);
        if (save != null && Files.exists(save) && !Files.isRegularFile(save)) {
            throw new IOException(
                    "--save is " + Quoted.name(save) + ": that is not a regular file");
        }
    }

    /** A new conversation, or the saved one, for which there is something to append. */
    private RestoredConversation begin(Conversations conversations, int[] ids) throws IOException {
        if (resume == null) {
            return new RestoredConversation(conversations.acquire(), List.of());
        }
        RestoredConversation begun = conversations.restore(resume);
        if (ids.length == 0 && begun.pending().isEmpty()) {
            throw new UsageException(
                    "there is no prompt, and no id waits in the conversation; give --ids or"
                            + " --prompt-file");
        }
        return begun;
    }

    private GenerateReport run(
            HybridModel opened,
            Conversations conversations,
            RestoredConversation begun,
            int[] ids,
            @Nullable Path target)
            throws IOException {
        Generation generation = options.generation(opened.stopTokens());
        Conversation conversation = begun.conversation();
        long before = conversations.tokens(conversation);
        int[] all =
                IntStream.concat(
                                begun.pending().stream().mapToInt(Integer::intValue),
                                IntStream.of(ids))
                        .toArray();
        Run run = new Run();
        generation.run(conversations, List.of(conversation), List.of(all), (_, id) -> run.take(id));
        GenerateReport report =
                new GenerateReport(
                        model.toString(),
                        device(conversations),
                        opened.computing(),
                        before,
                        all.length,
                        run.chosen,
                        (run.first - run.start) / 1e9,
                        (run.last - run.first) / 1e9,
                        conversations.memory());
        if (target != null) {
            // The last id was chosen, but the model has not seen it.
            conversations.save(conversation, target, run.chosen.getLast());
        }
        conversations.release(conversation);
        return report;
    }
}
