// What the people of the simulated shop care about, and the looks they like: the hidden factors of taste.

/** A look that a product has; its words end up in names, its phrases in descriptions. */
export interface Style {
  readonly name: string;
  readonly words: readonly string[];
  readonly phrases: readonly string[];
}

/** The pursuits that a customer has or has not. */
export const interestNames = [
  'baking',
  'gardening',
  'cosiness',
  'craft',
  'outdoors',
  'hosting',
  'family',
  'focus',
  'wellbeing',
  'pets',
] as const;

export type InterestName = (typeof interestNames)[number];

/** What is said of a product that serves an interest. */
export const interestPhrases: Readonly<Record<InterestName, readonly string[]>> = {
  baking: [
    'A favourite of home bakers who like their sponge light and their crust crisp',
    'Made for Sunday baking, from sourdough bread to birthday cake',
    'Brings pastry, dough and icing out just as the recipe promised',
    'For everyone who weighs flour and butter before breakfast',
  ],
  gardening: [
    'At home among flower beds, pots and raised vegetable plots',
    'For gardeners who sow early, water late and talk to their tomatoes',
    'Helps seedlings, herbs and borders through the growing season',
    'A welcome gift for anybody with a greenhouse, a plot or a sunny sill',
  ],
  cosiness: [
    'For slow evenings with a blanket, a book and the rain outside',
    'Makes a quiet corner of the house warmer and softer',
    'Belongs beside the armchair on a long winter evening',
    'A small comfort for lazy weekends by the fire',
  ],
  craft: [
    'For busy hands that knit, sew, print and paint',
    'Loved by makers who finish one handmade project and start two more',
    'Keeps a workshop table ready for the next idea',
    'For people who would rather make a present than buy one',
  ],
  outdoors: [
    'Packed for hill walks, campsites and nights under canvas',
    'Shrugs off mud, wind and a wet trail',
    'For hikers who count a picnic on the summit as fine dining',
    'Light enough to carry all day, tough enough for the whole route',
  ],
  hosting: [
    'For hosts who lay a long table and always find one more chair',
    'Turns a dinner with friends into a small occasion',
    'Looks its best at a party, between candles and full plates',
    'For brunches, toasts and late suppers with guests',
  ],
  family: [
    'Made for children, rainy afternoons and plenty of laughter',
    'A hit with small hands and with the grown-ups who tidy up afterwards',
    'For bedtime, playtime and every birthday in between',
    'Sturdy enough for toddlers and still fun for their big sisters',
  ],
  focus: [
    'Keeps a desk calm and a working day in order',
    'For students, planners and people who love a list',
    'Helps thoughts find their place before the first meeting',
    'A steady companion for study, letters and home office hours',
  ],
  wellbeing: [
    'For a long soak, a deep breath and an early night',
    'Part of a gentle routine for skin, sleep and calm',
    'Brings a little of the spa into an ordinary bathroom',
    'For yoga mornings and unhurried self care',
  ],
  pets: [
    'Approved by cats, dogs and the people they live with',
    'For muddy paws, wagging tails and curious whiskers',
    'Makes walks, naps and dinner better for a four-legged friend',
    'For pet owners who buy the treats before their own groceries',
  ],
};

export const styles: readonly Style[] = [
  {
    name: 'Nordic',
    words: ['Fjord', 'Birch', 'Nordic', 'Linnea', 'Frost', 'Pine'],
    phrases: ['in quiet northern colours', 'with clean pale lines', 'with a calm and simple shape'],
  },
  {
    name: 'Botanical',
    words: ['Fern', 'Meadow', 'Willow', 'Clover', 'Wildflower', 'Ivy'],
    phrases: ['with a pressed leaf pattern', 'with wild flowers drawn by hand', 'in soft botanical greens'],
  },
  {
    name: 'Vintage',
    words: ['Vintage', 'Heirloom', 'Victoria', 'Classic', 'Antique', 'Parlour'],
    phrases: [
      'with the look of a grandmother’s parlour',
      'with old-fashioned lettering',
      'in faded vintage tones',
    ],
  },
  {
    name: 'Coastal',
    words: ['Harbour', 'Coast', 'Tide', 'Shell', 'Sailor', 'Driftwood'],
    phrases: ['in sea blue and sand', 'with a stripe as crisp as a sail', 'with the feel of a beach house'],
  },
  {
    name: 'Colourful',
    words: ['Rainbow', 'Carnival', 'Confetti', 'Fiesta', 'Poppy', 'Lemon'],
    phrases: ['in bright and cheerful colours', 'with bold dots', 'in a cheeky clash of pink and yellow'],
  },
  {
    name: 'Rustic',
    words: ['Farmhouse', 'Barn', 'Hearth', 'Country', 'Oakdale', 'Cottage'],
    phrases: [
      'with a plain and honest finish',
      'with the charm of a country kitchen',
      'in warm earthy browns',
    ],
  },
];
