// What the people of the simulated shop write about what they bought, by the stars that they give.

/** From one star to five: how a review opens. */
export const reviewOpenings: readonly (readonly string[])[] = [
  ['Not what I hoped for.', 'This one goes back.', 'Broke within a week.', 'I expected far better.'],
  [
    'A little disappointing.',
    'Looks better in the picture.',
    'Does the job, barely.',
    'Smaller than I thought.',
  ],
  ['All right.', 'Fine for the price.', 'Neither good nor bad.', 'Good idea, plain finish.'],
  ['Very happy with it.', 'Nicely made.', 'A good buy.', 'Just as described.'],
  ['I love it!', 'Better than I dared to hope.', 'The best of its kind.', 'Would buy it again at once.'],
];

/** From one star to five: what a review goes on with; `{article}` is what was bought, one or many. */
export const reviewRemarks: readonly (readonly string[])[] = [
  [
    'I had to ask twice for an answer.',
    'Too much money for {article} like this.',
    'Nobody here wants to use it.',
  ],
  [
    'Delivery took its time.',
    'The colour is off.',
    'I have seen sturdier {article} for less.',
    'Feels rather light.',
  ],
  ['In use now and then.', 'Came on the day that was promised.', 'My search for {article} goes on.'],
  ['Fits right in.', 'Well packed and quickly here.', 'A friend asked where to find {article} like this.'],
  ['In use every day.', 'Wrapped with care, too.', 'I never had {article} that I liked more.'],
];
