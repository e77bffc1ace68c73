package io.github.lightning4j.examples;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.Decay;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.StateSnapshot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Saves a session to a file and goes on from there, as another process would. */
public final class SavedSession {
    private static final int HEADS = 8;
    private static final int DIM = 64;

    private SavedSession() {}

    /**
     * Prints whether the restored session decodes what the saved one does.
     *
     * @param args none
     * @throws IOException if the temporary file cannot be written or read
     */
    public static void main(String[] args) throws IOException {
        AttentionConfig config =
                AttentionConfig.builder(HEADS, DIM).decay(new Decay.Alibi()).build();
        RandomTensors random = new RandomTensors(4);
        Tensor prompt = random.normal(1, HEADS, 200, DIM);
        Tensor next = random.normal(1, HEADS, 1, DIM);
        Path file = Files.createTempFile("session", ".state");
        try (LightningAttention attention = LightningAttention.open(config);
                AttentionSession session = attention.openSession(1)) {
            session.append(prompt, prompt, prompt);
            StateSnapshot.write(session.state(), file);
            System.out.println("saved " + Files.size(file) + " bytes");

            try (AttentionSession restored = attention.openSession(StateSnapshot.read(file))) {
                System.out.println("restored at token " + restored.tokens(0));
                float[] expected = session.append(next, next, next).toFloatArray();
                float[] decoded = restored.append(next, next, next).toFloatArray();
                System.out.println("largest difference " + largestDifference(expected, decoded));
            }
        } finally {
            Files.delete(file);
        }
    }

    private static double largestDifference(float[] expected, float[] actual) {
        double[] differences = new double[expected.length];
        Arrays.setAll(differences, i -> Math.abs((double) expected[i] - actual[i]));
        return Arrays.stream(differences).max().orElseThrow();
    }
}
