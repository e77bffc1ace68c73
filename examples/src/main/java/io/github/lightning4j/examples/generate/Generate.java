package io.github.lightning4j.examples.generate;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;

import io.github.lightning4j.models.ConversationOptions;
import io.github.lightning4j.models.Conversations;
import io.github.lightning4j.models.Generation;
import io.github.lightning4j.models.HybridModel;
import io.github.lightning4j.models.Sampling;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Continues a text with a model from a folder that has a {@code tokenizer.json} too. */
public final class Generate {
    private static final int TOKENS = 64;

    private Generate() {}

    /**
     * Writes what follows a text, as soon as it is known.
     *
     * @param args the folder, the text and how many tokens, 64 unless it is given; the text is read
     *     from standard input where it is {@code -}
     * @throws IOException if a file cannot be read
     */
    public static void main(String[] args) throws IOException {
        if (args.length < 2) {
            System.err.println(
                    "give a folder, a text (or - for standard input) and how many tokens");
            return;
        }
        String text =
                args[1].equals("-")
                        ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                        : args[1];
        int tokens = args.length > 2 ? Integer.parseInt(args[2]) : TOKENS;
        generate(Path.of(args[0]), text, tokens, System.out);
        System.out.println();
    }

    /** Streams what follows a text; returns how many tokens were chosen. */
    static int generate(Path folder, String text, int tokens, PrintStream out) throws IOException {
        try (HuggingFaceTokenizer tokenizer = tokenizer(folder);
                HybridModel model = HybridModel.open(folder, 0);
                Conversations conversations =
                        Conversations.open(model, ConversationOptions.of(1))) {
            StreamedText streamed = new StreamedText(ids -> tokenizer.decode(ids, true));
            Generation generation =
                    new Generation(tokens, new Sampling(0.8, 40, 0.95, 1), model.stopTokens());
            List<int[]> chosen =
                    generation.run(
                            conversations,
                            List.of(conversations.acquire()),
                            List.of(ids(tokenizer, text)),
                            (_, id) -> {
                                out.print(streamed.add(id));
                                out.flush();
                            });
            out.print(streamed.end());
            out.flush();
            return chosen.getFirst().length;
        }
    }

    static int[] ids(HuggingFaceTokenizer tokenizer, String text) {
        return Arrays.stream(tokenizer.encode(text).getIds()).mapToInt(Math::toIntExact).toArray();
    }

    /** Without limits of its own: it would cut prompts silently at some hundred tokens. */
    static HuggingFaceTokenizer tokenizer(Path folder) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        return HuggingFaceTokenizer.builder()
                .optTokenizerPath(file)
                .optTruncation(false)
                .optPadding(false)
                .build();
    }
}
