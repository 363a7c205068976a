// Factorises matrices that wait in a table of the warehouse, by Spark's alternating least squares, and writes the factors
// of their columns to another. Read line by line by Spark's own shell; als.ts says what it is told and what it answers.

import org.apache.spark.ml.recommendation.ALS
import org.apache.spark.scheduler.{SparkListener, SparkListenerJobEnd}
import org.apache.spark.sql.functions.{col, lit}

object Factorisation {
  private def told(name: String): String = spark.conf.get(s"spark.flywheel.als.$name")

  /** What als.ts reads: a word of ours, what it is about, and its value. */
  private def say(what: String, value: Any): Unit = println(s"flywheel $what $value")

  private val parts = told("parts").split(" ").map { text =>
    val Array(part, customers, regularisation) = text.split(":")
    (part.toInt, customers.toInt, regularisation.toDouble)
  }
  private val blocks = told("blocks").toInt
  private val rounds = told("rounds").toInt

  /** Implicit feedback runs one job for each half of a round, and a few to begin and to end. */
  private val jobsInAll = parts.length * (2 * rounds + 6)

  private object Progress extends SparkListener {
    private var jobs = 0
    override def onJobEnd(end: SparkListenerJobEnd): Unit = {
      jobs += 1
      say("share", math.min(1.0, jobs.toDouble / jobsInAll))
    }
  }

  private def factorise(part: Int, customers: Int, regularisation: Double): Unit = {
    val reader = spark.read
    if (blocks > 1) {
      reader.option("partitionColumn", "customer").option("lowerBound", "0")
      reader.option("upperBound", customers.toString).option("numPartitions", blocks.toString)
    }
    // One block in one order: what is summed, and so every factor, is the same each time.
    val entries = reader.table(told("entries")).where(col("part") === lit(part))
      .coalesce(blocks).sortWithinPartitions("customer", "product")
    val als = new ALS().setImplicitPrefs(true)
      .setUserCol("customer").setItemCol("product").setRatingCol("value")
      .setRank(told("rank").toInt).setRegParam(regularisation).setAlpha(told("alpha").toDouble)
      .setMaxIter(rounds).setSeed(told("seed").toLong).setNumBlocks(blocks)
    als.fit(entries).itemFactors
      .select(lit(part).as("part"), col("id").as("product"), col("features").as("factors"))
      .writeTo(told("factors")).append()
  }

  def run(): Unit = {
    say("version", spark.version)
    spark.sparkContext.addSparkListener(Progress)
    parts.foreach { case (part, customers, regularisation) => factorise(part, customers, regularisation) }
    say("done", parts.length)
  }
}

// The shell would go on after a fault as if nothing had happened.
try {
  Factorisation.run()
  System.exit(0)
} catch {
  case fault: Throwable =>
    fault.printStackTrace()
    System.exit(1)
}
