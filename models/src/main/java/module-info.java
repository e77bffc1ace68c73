/**
 * Language models around Lightning Attention-2: layers over named weights, checkpoints, generation.
 *
 * <p>Attention itself is computed by the api's backends. The products with weights are vectors with
 * {@code --add-modules jdk.incubator.vector}, and plain loops without it.
 */
module io.github.lightning4j.models {
    requires transitive io.github.lightning4j;
    requires tools.jackson.jr.ob;
    requires static jdk.incubator.vector;
    requires static org.jspecify;

    exports io.github.lightning4j.models;
    exports io.github.lightning4j.models.checkpoints;
    exports io.github.lightning4j.models.layers;
}
