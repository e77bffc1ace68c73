/** One pass in partitions on Apache Spark: {@link io.github.lightning4j.spark.LightningSpark}. */
@NullMarked
package io.github.lightning4j.spark;

import org.jspecify.annotations.NullMarked;
